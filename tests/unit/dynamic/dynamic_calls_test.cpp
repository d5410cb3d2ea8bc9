// SPDX-License-Identifier: BSL-1.0
#include "coding.hpp"
#include "errors.hpp"
#include "shop_servants.hpp"

#include <remoting/channels/local_network.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

class DynamicCalls : public testing::Test {
protected:
    DynamicCalls()
    {
        server_.publish<shop::Shop>("shop", servant_, {.concurrency = Concurrency::concurrent});
        server_.publish<shop::Basket>("basket", std::make_shared<Basket>("named"));
        server_.register_activated<shop::Basket, Basket>();
        server_.listen("inproc://shop");
    }

    static ServerOptions server_options(const std::shared_ptr<LocalNetwork>& network, bool describes)
    {
        ServerOptions options;
        options.channels = default_channels(network);
        options.describes_objects = describes;
        options.log = {};
        return options;
    }
    ClientOptions client_options() const
    {
        ClientOptions options;
        options.channels = default_channels(network_);
        options.log = {};
        return options;
    }
    json::value call(std::string_view method, std::string_view arguments)
    {
        return shop_.call(method, parsed(arguments)).result;
    }

    std::shared_ptr<LocalNetwork> network_ = std::make_shared<LocalNetwork>();
    std::shared_ptr<Shop> servant_ = std::make_shared<Shop>();
    Server server_{server_options(network_, true)};
    Client client_{client_options()};
    DynamicClient dynamic_{client_};
    DynamicObject shop_ = dynamic_.get_object("inproc://shop/shop", TypeModel::of<shop::Shop>(), "shop.Shop");
};

TEST_F(DynamicCalls, TakeAndGiveJson)
{
    EXPECT_EQ(call("Sell", R"({"order": {"lines": [{"count": 7}]}, "times": 2})"), 14);
    EXPECT_EQ(call("Sell", R"({"order": {"lines": [{"count": 7}]}})"), 7) << "the default of the IDL";
    EXPECT_EQ(call("Sell", R"([{"lines": [{"count": 7}]}, 3])"), 21) << "by place";
}

TEST_F(DynamicCalls, GiveOutputsByName)
{
    const DynamicReply reply = shop_.call("Echo", parsed(R"({"value": {"text": "x", "numbers": [2, 1]}, "order": {}})"));
    EXPECT_EQ(reply.result.at("text"), "x");
    EXPECT_EQ(reply.result.at("numbers"), parsed("[1, 2]"));
    EXPECT_EQ(reply.result.at("wait"), "1.5s");
    EXPECT_EQ(reply.outputs.at("order").at("lines").at(0).at("name"), "echo");
    EXPECT_EQ(reply.outputs.at("colours").at("items"), parsed(R"(["Red", 9])"));
    EXPECT_EQ(reply.outputs.size(), 2U);
}

TEST_F(DynamicCalls, NameTheMemberThatIsWrongBeforeAnythingIsSent)
{
    const auto problem = [&](std::string_view method, std::string_view arguments) {
        const auto error = thrown<JsonError>([&] { call(method, arguments); });
        return error ? std::string(error->what()) : std::string();
    };
    EXPECT_EQ(problem("Sell", R"({"order": {"lines": [{}, {"price": "5"}]}})"),
              "arguments.order.lines[1].price: expected a number, found a string");
    EXPECT_EQ(problem("Sell", "{}"), "arguments.order: it is missing");
    EXPECT_EQ(problem("Sell", R"({"order": {}, "time": 2})"), "arguments.time: Sell has no such parameter");
    EXPECT_EQ(problem("Sell", "[{}, 1, 2]"), "arguments: expected 2 elements at most, found 3");
    EXPECT_EQ(problem("Sell", "5"), "arguments: expected an object or an array");
    const Client nowhere(client_options());
    const auto unreachable =
        dynamic_.get_object("inproc://nobody/shop", TypeModel::of<shop::Shop>(), "shop.Shop");
    EXPECT_TRUE(thrown<JsonError>([&] { unreachable.call("Sell", parsed("{}")); }));
}

TEST_F(DynamicCalls, ThrowDeclaredExceptionsWithTheirFields)
{
    const auto refused = thrown<DynamicException>([&] { call("Sell", R"({"order": {}})"); });
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->type(), "shop.Refused");
    EXPECT_EQ(refused->fields(),
              parsed(R"({"reason": "nothing to sell", "line": {"name": "none", "price": 0.5, "count": 0}})").as_object());
    const auto sold_out =
        thrown<DynamicException>([&] { call("Sell", R"({"order": {"lines": [{"count": 101}]}})"); });
    ASSERT_TRUE(sold_out);
    EXPECT_EQ(sold_out->type(), "shop.SoldOut");
    EXPECT_EQ(sold_out->fields().at("left"), parsed("[1, 2]"));
    EXPECT_EQ(sold_out->fields().at("reason"), "too many");
    EXPECT_TRUE(contains(sold_out->what(), "shop.SoldOut{\"reason\":\"too many\"")) << sold_out->what();
    EXPECT_TRUE(thrown<RemoteException>([&] { call("Sell", R"({"order": {"lines": [{"count": -1}]}})"); }));
}

TEST_F(DynamicCalls, ArriveAsTheirNearestKnownBaseWhereTheModelIsOlder)
{
    ModelDescription older = describe_interface(InterfaceTraits<shop::Shop>::descriptor());
    std::erase_if(older.exceptions, [](const auto& exception) { return exception.name == "shop.SoldOut"; });
    const auto old_shop = dynamic_.get_object("inproc://shop/shop", TypeModel::from(older), "shop.Shop");
    const auto sold_out = thrown<DynamicException>(
        [&] { old_shop.call("Sell", parsed(R"({"order": {"lines": [{"count": 101}]}})")); });
    ASSERT_TRUE(sold_out);
    EXPECT_EQ(sold_out->type(), "shop.Refused");
    EXPECT_EQ(sold_out->fields().size(), 2U);
}

TEST_F(DynamicCalls, AreOneWayWhereTheMethodIs)
{
    EXPECT_TRUE(shop_.call("Note", parsed(R"({"text": "hello"})")).result.is_null());
    EXPECT_TRUE(servant_->was_noted("hello", 10s));
}

TEST_F(DynamicCalls, EndAtTheirDeadline)
{
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { shop_.call("Wait", parsed(R"(["1h"])"), {.deadline = 50ms}); });
}

TEST_F(DynamicCalls, PassReferencesAsUrls)
{
    EXPECT_TRUE(call("Find", R"([""])").is_null());
    const DynamicReply found = shop_.call("Find", parsed(R"(["Ada"])"));
    ASSERT_EQ(found.objects.size(), 1U);
    EXPECT_EQ(found.result, json::value(found.objects[0].url()));
    EXPECT_EQ(found.objects[0].call("get_Owner").result, "Ada");
    const DynamicReply all = shop_.call("All");
    ASSERT_EQ(all.objects.size(), 2U);
    found.objects[0].call("Merge", json::array{all.result.at(0), all.result.at(1)});
    EXPECT_EQ(found.objects[0].call("get_Owner").result, "Ada+one+two");
    found.objects[0].call("Merge", parsed(R"({"other": "inproc://shop/basket"})"));
    EXPECT_EQ(found.objects[0].call("get_Owner").result, "Ada+one+two+named");
    EXPECT_TRUE(thrown<JsonError>([&] { found.objects[0].call("Merge", parsed("[null]")); }));
    EXPECT_TRUE(thrown<JsonError>([&] { found.objects[0].call("Merge", parsed(R"(["no url"])")); }));
}

TEST_F(DynamicCalls, LetGoOfObjectsWithTheReply)
{
    std::string url;
    {
        const DynamicReply found = shop_.call("Find", parsed(R"(["Ada"])"));
        url = found.objects[0].url();
        EXPECT_EQ(dynamic_.get_object(url).call("get_Owner").result, "Ada");
    }
    call("Find", R"([""])");  // the release has arrived before it
    const auto gone = dynamic_.get_object(url, TypeModel::of<shop::Basket>(), "shop.Basket");
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { gone.call("get_Owner"); });
}

TEST_F(DynamicCalls, CreateObjects)
{
    const auto asked = dynamic_.create_object("inproc://shop/shop.Basket", parsed(R"({"owner": "Bob", "size": 3})"));
    EXPECT_EQ(asked.call("get_Owner").result, "Bob");
    EXPECT_EQ(asked.call("Add", parsed(R"({"line": {}})")).result, 4);
    const auto known = dynamic_.create_object("inproc://shop", TypeModel::of<shop::Basket>(), "shop.Basket",
                                              parsed(R"(["Eve"])"));
    EXPECT_EQ(known.call("Add", parsed("[{}]")).result, 11);
    EXPECT_TRUE(thrown<DynamicException>(
        [&] { dynamic_.create_object("inproc://shop/shop.Basket", parsed(R"(["Bob", -1])")); }));
}

TEST_F(DynamicCalls, AskTheServerForWhatTheyNeed)
{
    const auto hosted = dynamic_.objects("inproc://shop");
    ASSERT_EQ(hosted.size(), 3U);
    EXPECT_EQ(hosted[0].uri, "basket");
    EXPECT_EQ(hosted[1].uri, "shop");
    EXPECT_EQ(hosted[1].interface_, "shop.Shop");
    EXPECT_EQ(hosted[2].uri, "shop.Basket");
    EXPECT_TRUE(hosted[2].is_activated);
    const auto asked = dynamic_.get_object("inproc://shop/shop");
    EXPECT_EQ(asked.interface().name, "shop.Shop");
    EXPECT_EQ(asked.call("Sell", parsed(R"({"order": {"lines": [{"count": 7}]}})")).result, 7);
    EXPECT_EQ(asked.call("Find", parsed(R"(["Ada"])")).objects.at(0).call("get_Owner").result, "Ada");
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { dynamic_.get_object("inproc://shop/nothing"); });
}

TEST_F(DynamicCalls, ServersTellNothingUnlessTheyAreAllowedTo)
{
    Server silent(server_options(network_, false));
    silent.publish<shop::Shop>("shop", servant_);
    silent.listen("inproc://silent");
    for (const auto& ask : std::vector<std::function<void()>>{[&] { dynamic_.objects("inproc://silent"); },
                                                              [&] { dynamic_.get_object("inproc://silent/shop"); }}) {
        const auto error = expect_error(ErrorCode::object_not_found, Executed::no, ask);
        EXPECT_TRUE(contains(error.what(), "describes_objects")) << error.what();
    }
}

TEST_F(DynamicCalls, RefuseWhatTheyCannotDo)
{
    expect_error(ErrorCode::method_not_found, Executed::no, [&] { call("Buy", "{}"); });
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { call("Sold", "{}"); });
    for (const char* const with_stream : {"Follow", "Count"}) {
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { call(with_stream, "[1]"); });
    }
    EXPECT_FALSE(servant_->has_counted());
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] {
        dynamic_.get_object("inproc://shop/shop", TypeModel::of<shop::Shop>(), "shop.Nothing");
    });
}

TEST_F(DynamicCalls, ListMethodsAsTheIdlWritesThem)
{
    std::vector<std::string> signatures;
    for (const MethodDescriptor& method : shop_.interface().methods) {
        signatures.push_back(signature(method));
    }
    const std::vector<std::string> expected = {
        "int32 Sell(shop.Order order, int32 times = 1) throws shop.Refused",
        "shop.Scalars Echo(shop.Scalars value, inout shop.Order order, out shop.Page<shop.Colour> colours)",
        "[oneway] void Note(string text)",
        "shop.Basket? Find(string owner)",
        "list<shop.Basket> All()",
        "void Wait(duration time)",
        "void Follow(stream<int32> numbers)",
        "stream<int32> Count(int32 last)",
        "event Sold"};
    EXPECT_EQ(signatures, expected);
}

TEST_F(DynamicCalls, WorkFromWhatTheCompilerDescribes)
{
    std::ifstream file(DESCRIBED_SHOP);
    const std::string described(std::istreambuf_iterator<char>(file), {});
    const auto model = TypeModel::from_json(described);
    const auto from_file = dynamic_.get_object("inproc://shop/shop", model, "shop.Shop");
    EXPECT_EQ(from_file.call("Sell", parsed(R"({"order": {"lines": [{"count": 7}]}})")).result, 7);
    EXPECT_EQ(from_file.call("Find", parsed(R"(["Ada"])")).objects.at(0).call("get_Owner").result, "Ada");
    EXPECT_TRUE(thrown<DynamicException>([&] { from_file.call("Sell", parsed(R"({"order": {}})")); }));
    const Coding generated(TypeModel::of<shop::Shop>());
    for (const char* type : {"shop.Scalars", "shop.Order"}) {
        EXPECT_EQ(Coding(model).encoded(type, parsed("{}")), generated.encoded(type, parsed("{}"))) << type;
    }
    std::vector<std::string> one;
    std::vector<std::string> other;
    for (const MethodDescriptor& method : shop_.interface().methods) {
        one.push_back(signature(method));
    }
    for (const MethodDescriptor& method : from_file.interface().methods) {
        other.push_back(signature(method));
    }
    EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace remoting::test
