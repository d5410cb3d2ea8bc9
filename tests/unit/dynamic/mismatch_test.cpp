// SPDX-License-Identifier: BSL-1.0
#include "coding.hpp"
#include "errors.hpp"
#include "shop.remoting.serialization.hpp"
#include "shop_servants.hpp"

#include <remoting/channels/local_network.hpp>
#include <remoting/server.hpp>
#include <remoting/sinks/client_formatter_sink.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include <gtest/gtest.h>

#include <mutex>

// Peers whose IDL differs are told which member it is, on both sides.

namespace remoting::test {
namespace {

const MethodDescriptor& method(std::string_view name)
{
    return *InterfaceTraits<shop::Shop>::descriptor().find_method(name);
}

/// What generated code of a client says of a reply.
std::string complaint(std::string_view called, ErrorCode status, std::string_view payload, Values values)
{
    const ByteSinks none;
    const Limits limits;
    IncomingReply reply;
    reply.status = status;
    reply.executed = Executed::yes;
    reply.payload.bytes = std::as_bytes(std::span(payload));
    try {
        ClientFormatterSink(none, limits)
            .decode(
                method(called), values, reply, nullptr,
                [&] {
                    return ErrorOrigin{"shop.Shop." + std::string(called), "shop", "test://server"};
                },
                [](const CallContext&) {});
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.method(), "shop.Shop." + std::string(called));
        return error.cause();
    }
    return {};
}

std::string echo_complaint(const std::string& payload)
{
    shop::Scalars value;
    shop::Order order;
    shop::Page<shop::Colour> colours;
    void* values[] = {&value, &order, &colours, &value};
    return complaint("Echo", ErrorCode::ok, payload, values);
}

TEST(Mismatch, AClientNamesTheMemberOfAResult)
{
    const std::string scalars = bytes_of(shop::Scalars{});
    std::string flag = scalars;
    flag[4] = 7;
    EXPECT_TRUE(echo_complaint(flag).starts_with("the reply does not decode: result.flag: a bool is neither 0 nor 1"))
        << echo_complaint(flag);
    std::string cut = scalars;
    cut[0] = 15;  // in the middle of `huge`
    EXPECT_TRUE(echo_complaint(cut).starts_with("the reply does not decode: result.huge: a value does not fit"))
        << echo_complaint(cut);
    shop::Order order{.lines = {{"a", 1, 1}, {"b", 2, 2}}};
    std::string text = bytes_of(order);
    text[text.find('b')] = '\xFF';
    EXPECT_TRUE(echo_complaint(scalars + text)
                    .starts_with("the reply does not decode: argument order.lines[1].name: a string is not UTF-8"))
        << echo_complaint(scalars + text);
}

TEST(Mismatch, AKeyThatIsThereTwiceIsNamedByItsPlace)
{
    shop::Scalars scalars;
    scalars.numbers = {1, 2};
    std::string bytes = bytes_of(scalars);
    bytes[bytes.size() - 4] = 1;
    EXPECT_TRUE(echo_complaint(bytes).starts_with("the reply does not decode: result.numbers[1]: a set holds"))
        << echo_complaint(bytes);
}

TEST(Mismatch, AFieldOfAGenericStructInAVariantIsFound)
{
    shop::Order order;
    order.payment.emplace().emplace<shop::Payment::voucher>() = {"c", 1, 1};
    order.page.items = {{"a", 1, 1}};
    std::string voucher = bytes_of(order);
    voucher[voucher.find('c')] = '\xFF';
    const std::string scalars = bytes_of(shop::Scalars{});
    EXPECT_TRUE(contains(echo_complaint(scalars + voucher), ": argument order.payment.voucher.name: "));
    std::string page = bytes_of(order);
    page[page.find('a')] = '\xFF';
    EXPECT_TRUE(contains(echo_complaint(scalars + page), ": argument order.page.items[0].name: "));
}

TEST(Mismatch, AClientNamesTheFieldOfAnException)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    encode_exception(archive, shop::SoldOut("why", {"tea", 1, 1}, {}));
    std::string bytes(reinterpret_cast<const char*>(buffer.data()), buffer.size());
    bytes[bytes.find("tea")] = '\xFF';
    std::int32_t result = 0;
    void* values[] = {nullptr, nullptr, &result};
    EXPECT_TRUE(complaint("Sell", ErrorCode::user_exception, bytes, values)
                    .starts_with("the reply does not decode: exception shop.Refused.line.name: a string is not UTF-8"))
        << complaint("Sell", ErrorCode::user_exception, bytes, values);
}

class MismatchOfRequests : public testing::Test {
protected:
    MismatchOfRequests()
    {
        ServerOptions options;
        options.channels = default_channels(network_);
        options.log = [this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            logged_ += line;
        };
        server_ = std::make_unique<Server>(options);
        server_->publish<shop::Shop>("shop", std::make_shared<Shop>());
        server_->listen("inproc://shop");
        ClientOptions client_options;
        client_options.channels = default_channels(network_);
        client_ = std::make_unique<Client>(client_options);
    }

    /// The shop as a peer knows it whose field has another type.
    DynamicObject other_shop(std::string_view type, std::string_view field, std::string_view field_type)
    {
        ModelDescription model = describe_interface(InterfaceTraits<shop::Shop>::descriptor());
        const auto change = [&](auto& declarations) {
            for (auto& described : declarations) {
                for (auto& member : described.fields) {
                    if (described.name == type && member.name == field) {
                        member.type = field_type;
                        member.value = {};
                    }
                }
            }
        };
        change(model.types);
        change(model.exceptions);
        return DynamicClient(*client_).get_object("inproc://shop/shop", TypeModel::from(model), "shop.Shop");
    }

    std::shared_ptr<LocalNetwork> network_ = std::make_shared<LocalNetwork>();
    std::mutex mutex_;
    std::string logged_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Client> client_;
};

TEST_F(MismatchOfRequests, AServerNamesTheMemberOfAnArgumentToBothSides)
{
    const auto shop = other_shop("shop.Line", "price", "int16");
    const auto error = expect_error(ErrorCode::invalid_payload, Executed::no,
                                    [&] { shop.call("Sell", parsed(R"({"order": {"lines": [{}, {}]}})")); });
    EXPECT_EQ(error.method(), "shop.Shop.Sell");
    EXPECT_TRUE(error.cause().starts_with("argument order.lines[0].price: a value does not fit")) << error.what();
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(contains(logged_, "shop.Shop.Sell on 'shop'")) << logged_;
    EXPECT_TRUE(contains(logged_, "argument order.lines[0].price: a value does not fit")) << logged_;
}

TEST_F(MismatchOfRequests, ADynamicClientNamesTheMemberOfAResult)
{
    const auto shop = other_shop("shop.Scalars", "three", "list<string>");
    const auto error = expect_error(ErrorCode::invalid_payload, Executed::no, [&] {
        shop.call("Echo", parsed(R"({"value": {"three": ["x"]}, "order": {}})"));
    });
    EXPECT_TRUE(contains(error.cause(), "argument value.")) << error.what();
    const auto reader = other_shop("shop.Refused", "line", "string");
    const auto thrown_error =
        expect_error(ErrorCode::invalid_payload, Executed::yes, [&] { reader.call("Sell", parsed(R"([{}])")); });
    EXPECT_TRUE(contains(thrown_error.cause(), "exception shop.Refused.line: ")) << thrown_error.what();
}

}  // namespace
}  // namespace remoting::test
