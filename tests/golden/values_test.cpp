// SPDX-License-Identifier: BSL-1.0
#include "values.remoting.hpp"
#include "values.remoting.serialization.hpp"

#include <remoting/channels/default_channels.hpp>
#include <remoting/channels/local_network.hpp>
#include <remoting/client.hpp>
#include <remoting/serialization/any.hpp>
#include <remoting/serialization/boost_archives.hpp>
#include <remoting/server.hpp>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/archive/xml_iarchive.hpp>
#include <boost/archive/xml_oarchive.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>

namespace {

using namespace golden::values;
using remoting::Decimal;
using remoting::TimeSpan;
using remoting::Uuid;

template <class T>
std::string text_of(const T& value)
{
    std::ostringstream stream;
    stream << value;
    return std::move(stream).str();
}

Json json_sample()
{
    Json leaf(std::in_place_index<Json::text>, "leaf");
    Json list(std::in_place_index<Json::items>, {leaf, Json(true), Json(1.5)});
    return Json(std::map<std::string, Json>{{"list", list}, {"empty", Json(std::in_place_index<Json::items>)}});
}

All sample()
{
    All all;
    all.thing = remoting::make_any(std::vector<Point>{{1, 2}});
    all.ids = {all.id, Uuid()};
    all.grid = {{{true, false}, {false, true}}};
    all.number.reset();
    all.page = {{{1, 2}, {3, 4}}, 7};
    all.tree.key = "root";
    all.tree.value = {{{1, 2}, {}}};
    all.tree.children.resize(2);
    all.tree.page = {{"a"}, 1};
    all.temperature = golden::Celsius(21.5);
    all.keys = {{TimeSpan(5), u'x'}, {TimeSpan(-5), u'\u20ac'}};
    all.documents = {json_sample(), Json()};
    return all;
}

template <class T>
remoting::Bytes encoded(const T& value)
{
    remoting::Buffer buffer;
    remoting::OutputArchive archive(buffer);
    archive << value;
    return remoting::Bytes(buffer.bytes());
}

template <class T>
T decoded(const remoting::Bytes& bytes)
{
    remoting::InputArchive archive(bytes);
    T value{};
    archive >> value;
    return value;
}

template <class Output, class Input, class T>
T through(const T& value)
{
    std::stringstream stream;
    {
        Output archive(stream);
        archive << boost::serialization::make_nvp("value", value);
    }
    T loaded{};
    Input archive(stream);
    archive >> boost::serialization::make_nvp("value", loaded);
    return loaded;
}

TEST(GeneratedConstants, AreWhatTheirExpressionsGive)
{
    static_assert(Size == 40 && Alias == 20 && Mask == 15 && Half == 0.5);
    static_assert(Greeting == "Hello, world");
    static_assert(Letter == u'a' && Quote == u'\'' && Euro == u'\u20ac');
    static_assert(Patience == std::chrono::milliseconds(2500) && Past == -std::chrono::hours(1));
    static_assert(Birthday.time_since_epoch().count() == 17'092'098'000'000'001);
    static_assert(static_cast<int>(Rights::All) == 3);
    static_assert(Maker::Most == 100 && Maker::Prefix == "made ");

    EXPECT_EQ(Id.to_string(), "01234567-89ab-cdef-fedc-ba9876543210");
    EXPECT_EQ(Price.to_string(), "12.50");
    EXPECT_EQ(Large.to_string(), "-79228162514264337593543950335");
}

TEST(GeneratedStructs, BeginWithDefaultsOfEveryType)
{
    const All all;

    EXPECT_EQ(all.letter, u'a');
    EXPECT_EQ(all.price.to_string(), "1.10");
    EXPECT_EQ(all.names, (std::set<std::string>{"a", "b"}));
    EXPECT_EQ(all.triple, (std::array<std::int32_t, 3>{1, 2, 40}));
    EXPECT_EQ(all.raw, remoting::Bytes(std::string_view("raw\0", 4)));
    EXPECT_EQ(std::get<Shape::line>(all.shape), (std::vector<Point>{{1, 1}, {0, 2}}));
    EXPECT_EQ(all.points, (std::vector<Point>{{1, 2}, {0, 1}}));
    EXPECT_EQ(all.table.at("a"), (std::vector<std::optional<std::int32_t>>{1, std::nullopt}));
    EXPECT_EQ(all.number, 5);
    EXPECT_FALSE(all.thing.has_value());
}

TEST(GeneratedStructs, AreOrderedWhereAllThatTheyHoldIs)
{
    EXPECT_LT((Point{1, 2}), (Point{1, 3}));
    EXPECT_LT(Shape(std::in_place_index<Shape::text>, "a"), Shape(std::in_place_index<Shape::text>, "b"));
    EXPECT_LT(Shape(Point{}), Shape(std::in_place_index<Shape::text>, "a"));
    static_assert(!std::three_way_comparable<All> && !std::three_way_comparable<Json>);
    static_assert(std::three_way_comparable<Secretive>);
}

TEST(GeneratedStructs, HaveHashesThatAgreeWithEquality)
{
    EXPECT_EQ(std::hash<All>()(sample()), std::hash<All>()(sample()));
    EXPECT_NE(std::hash<All>()(sample()), std::hash<All>()(All()));
    EXPECT_NE(std::hash<Point>()({1, 2}), std::hash<Point>()({2, 1}));
    EXPECT_EQ(std::hash<Json>()(json_sample()), std::hash<Json>()(json_sample()));
    EXPECT_NE(std::hash<Json>()(json_sample()), std::hash<Json>()(Json()));
    EXPECT_EQ(std::hash<Page<Point>>()({{{1, 2}}, 3}), std::hash<Page<Point>>()({{{1, 2}}, 3}));
    EXPECT_NE(std::hash<Page<Point>>()({{{1, 2}}, 3}), std::hash<Page<Point>>()({}));
}

TEST(GeneratedStructs, ShowNoSecrets)
{
    EXPECT_EQ(text_of(Secretive{"hunter2"}), "Secretive{password: ***}");
    EXPECT_EQ(text_of(sample()).find("secret"), std::string::npos);
    Failed failed;
    failed.password = "hunter2";
    failed.remoting_describe();
    EXPECT_EQ(std::string(failed.what()),
              "golden.values.Failed{shape: Shape{dot: Point{x: 0, y: 1}}, password: ***, page: Page{items: [], next: "
              "null}}");
}

TEST(GeneratedStructs, PrintTheNewTypes)
{
    All all;
    all.thing = remoting::make_any(true);
    all.keys = {{TimeSpan(-864'000'000'001), u'\xD800'}, {std::chrono::hours(1), u'\u20ac'}};
    const std::string text = text_of(all);

    for (const char* part : {"letter: 'a'", "wait: 00:00:02.5000000", "when: 2024-02-29T12:30:00.0000001Z",
                             "id: 01234567-89ab-cdef-fedc-ba9876543210", "price: 1.10", "thing: any{bool, 1 bytes}",
                             R"(names: ["a", "b"])", "grid: [[false, false], [false, false]]",
                             "shape: Shape{line: [Point{x: 1, y: 1}, Point{x: 0, y: 2}]}", "temperature: <...>",
                             "keys: {-1.00:00:00.0000001: '\\ud800', 01:00:00: '\u20ac'}"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
    }
    EXPECT_EQ(text_of(Shape(remoting::UnknownAlternative{9, {}})), "Shape{...}");
    EXPECT_EQ(text_of(Json(std::in_place_index<Json::items>, {Json(true)})), "Json{items: [Json{boolean: true}]}");
}

TEST(GeneratedVariants, KeepAnAlternativeTheyDoNotKnow)
{
    remoting::Bytes bytes;
    bytes.assign(
        std::as_bytes(std::span("\x09\x00\x00\x00\x03\x00\x00\x00"
                                "abc",
                                11)));
    const auto shape = decoded<Shape>(bytes);

    EXPECT_EQ(std::get<remoting::UnknownAlternative>(shape).index, 9U);
    EXPECT_EQ(encoded(shape), bytes);
}

TEST(GeneratedVariants, KeepThePlacesOfRemovedAlternatives)
{
    static_assert(Shape::dot == 0 && Shape::index_ == 3);
    static_assert(std::is_same_v<std::variant_alternative_t<4, Shape::VariantType>, remoting::ReservedAlternative>);
    EXPECT_EQ(encoded(Shape(std::in_place_index<Shape::index_>, "")).data()[0], std::byte{3});
}

TEST(GeneratedValues, GoThroughEveryArchive)
{
    const All all = sample();

    EXPECT_EQ(decoded<All>(encoded(all)), all);
    EXPECT_EQ((through<boost::archive::text_oarchive, boost::archive::text_iarchive>(all)), all);
    EXPECT_EQ((through<boost::archive::xml_oarchive, boost::archive::xml_iarchive>(all)), all);
    EXPECT_EQ((through<boost::archive::binary_oarchive, boost::archive::binary_iarchive>(all)), all);
}

TEST(GeneratedValues, HaveNamesForAny)
{
    EXPECT_EQ(remoting::type_name<Shape>(), "golden.values.Shape");
    EXPECT_EQ((remoting::type_name<std::vector<Tree<Uuid, Page<Point>>>>()),
              "list<golden.values.Tree<uuid, golden.values.Page<golden.values.Point>>>");
    EXPECT_EQ(remoting::any_cast<Json>(remoting::make_any(json_sample())), json_sample());
}

class MakerServant final : public Maker {
public:
    explicit MakerServant(std::int32_t size) : size_(size) {}

    All Make(std::int32_t count, const std::string& name, const std::vector<std::int32_t>& sizes, const Shape& shape,
             const std::shared_ptr<Maker>& next, TimeSpan wait) override
    {
        All all;
        all.password = name;
        all.triple = {count, static_cast<std::int32_t>(sizes.size()), size_};
        all.shape = shape;
        all.wait = wait;
        all.maybe = next == nullptr ? "alone" : "not alone";
        return all;
    }
    char16_t Letter(char16_t letter, TimeSpan& wait, Uuid& id, Decimal price, const remoting::Any& thing,
                    const std::set<std::int32_t>& set, const std::array<Shape, 2>& shapes, const Json& json,
                    Page<All>& page) override
    {
        wait *= 2;
        id = remoting::any_cast<Uuid>(thing);
        page.items.resize(set.size());
        page.items.at(0).price = price;
        page.items.at(0).shape = shapes[1];
        page.items.at(0).documents = {json};
        return static_cast<char16_t>(letter + 1);
    }
    Shape get_Current() override { return shape_; }
    void set_Current(const Shape& value) override { shape_ = value; }
    Temperature get_Outside() override { return golden::Celsius(-3); }
    Page<Tree<Uuid, Decimal>> Pages(const Page<std::shared_ptr<Maker>>& makers) override
    {
        if (makers.items.empty()) {
            throw Gone(Shape(Point{5, 6}), "hidden", {{"a"}, 1});
        }
        Page<Tree<Uuid, Decimal>> page;
        page.items.push_back({makers.items.at(0)->Make().id, Price, {}, std::nullopt});
        return page;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    Old Convert(const Old& old) override
    {
        return {old.x + 1};
    }
#pragma GCC diagnostic pop

private:
    std::int32_t size_;
    Shape shape_;
};

class ACallWithNewTypes : public testing::Test {
protected:
    ACallWithNewTypes() : server_(server_options()), client_(client_options())
    {
        const std::string url = server_.listen("inproc://values");
        server_.publish<Maker>("maker", std::make_shared<MakerServant>(7));
        maker_ = client_.get_object<Maker>(url + "/maker");
    }

    std::shared_ptr<Maker> maker() const { return maker_; }

private:
    remoting::ServerOptions server_options() const
    {
        remoting::ServerOptions options;
        options.channels = remoting::default_channels(network_);
        return options;
    }
    remoting::ClientOptions client_options() const
    {
        remoting::ClientOptions options;
        options.channels = remoting::default_channels(network_);
        return options;
    }

    std::shared_ptr<remoting::LocalNetwork> network_ = std::make_shared<remoting::LocalNetwork>();
    remoting::Server server_;
    remoting::Client client_;
    std::shared_ptr<Maker> maker_;
};

TEST_F(ACallWithNewTypes, TakesDefaultArguments)
{
    const All made = maker()->Make();

    EXPECT_EQ(made.password, "made here");
    EXPECT_EQ(made.triple, (std::array<std::int32_t, 3>{100, 2, 7}));
    EXPECT_EQ(std::get<Shape::text>(made.shape), "x");
    EXPECT_EQ(made.wait, std::chrono::seconds(1));
    EXPECT_EQ(made.maybe, "alone");
    EXPECT_EQ(maker()->Make(1, "a", {}, Shape(), std::make_shared<MakerServant>(1)).maybe, "not alone");
}

TEST_F(ACallWithNewTypes, CarriesThemBothWays)
{
    TimeSpan wait = std::chrono::seconds(1);
    Uuid id;
    Page<All> page;
    const char16_t letter = maker()->Letter(u'y', wait, id, Price, remoting::make_any(Id), {1, 2},
                                            {Shape(), Shape(Point{8, 9})}, json_sample(), page);

    EXPECT_EQ(letter, u'z');
    EXPECT_EQ(wait, std::chrono::seconds(2));
    EXPECT_EQ(id, Id);
    ASSERT_EQ(page.items.size(), 2U);
    EXPECT_EQ(page.items[0].price.to_string(), "12.50");
    EXPECT_EQ(std::get<Shape::dot>(page.items[0].shape), (Point{8, 9}));
    EXPECT_EQ(page.items[0].documents, std::vector<Json>{json_sample()});
}

TEST_F(ACallWithNewTypes, CarriesThemInPropertiesGenericsAndExceptions)
{
    maker()->set_Current(Shape(Point{1, 2}));
    EXPECT_EQ(std::get<Shape::dot>(maker()->get_Current()), (Point{1, 2}));
    EXPECT_EQ(maker()->get_Outside(), golden::Celsius(-3));
    EXPECT_EQ(maker()->Pages({{maker()}, std::nullopt}).items.at(0).key, Id);
    try {
        static_cast<void>(maker()->Pages({}));
        FAIL() << "nothing was thrown";
    } catch (const Gone& gone) {
        EXPECT_EQ(std::get<Shape::dot>(gone.shape), (Point{5, 6}));
        EXPECT_EQ(gone.password, "hidden");
        EXPECT_EQ(gone.page.items, std::vector<std::string>{"a"});
    }
}

TEST_F(ACallWithNewTypes, MayLeaveOutArgumentsThatHaveDefaults)
{
    const remoting::MethodDescriptor& make = *remoting::InterfaceTraits<Maker>::descriptor().find_method("Make");
    struct EarlyCall {
        std::int32_t count = 0;
        std::string name;
        std::vector<std::int32_t> sizes = {9};
    } decoded;
    Shape shape(std::in_place_index<Shape::text>, "default");
    std::shared_ptr<Maker> next;
    TimeSpan wait(5);
    void* values[] = {&decoded.count, &decoded.name, &decoded.sizes, &shape, &next, &wait, nullptr};
    remoting::Buffer buffer;
    remoting::OutputArchive archive(buffer);
    archive << std::int32_t{3} << std::string("old");

    remoting::InputArchive input(buffer.bytes());
    make.decode_arguments(input, values);

    EXPECT_EQ(decoded.count, 3);
    EXPECT_EQ(decoded.name, "old");
    EXPECT_EQ(decoded.sizes, std::vector<std::int32_t>{9});
    EXPECT_EQ(std::get<Shape::text>(shape), "default");
}

TEST(Values, AVariantThatHoldsItselfMayBeNestedAsDeepAsStructs)
{
    using golden::values::Json;
    const auto nested = [](int depth) {
        Json json;
        json.emplace<Json::text>("inside");
        for (int level = 0; level < depth; ++level) {
            Json outer;
            outer.emplace<Json::items>().push_back(std::move(json));
            json = std::move(outer);
        }
        return json;
    };
    remoting::Buffer buffer;
    remoting::OutputArchive output(buffer);
    output << nested(63);
    remoting::InputArchive input(buffer.bytes());
    EXPECT_EQ(input.read<Json>(), nested(63));
    EXPECT_THROW(output << nested(64), remoting::RemotingError);
    // Bytes that would be a hundred thousand levels, the innermost one cut.
    std::string deep(12 * 100'000, '\0');
    for (std::size_t at = 0; at < deep.size(); at += 12) {
        const std::uint32_t head[] = {static_cast<std::uint32_t>(Json::items), static_cast<std::uint32_t>(deep.size() - at - 8), 1};
        std::memcpy(deep.data() + at, head, sizeof head);
    }
    remoting::InputArchive hostile(std::as_bytes(std::span(deep)));
    EXPECT_THROW(hostile.read<Json>(), remoting::RemotingError);
}

TEST(GeneratedValues, OfGenericStructsHaveTheirDefaults)
{
    const Batches batches;
    EXPECT_EQ(batches.few, (Batch<std::int32_t>{.items = {1, 2}, .first = 1, .best = 3}));
    ASSERT_EQ(batches.deep.items.size(), 1U);
    EXPECT_EQ(batches.deep.items[0], (Batch<std::string>{.items = {"a"}, .first = 7, .best = std::nullopt}));
}

}  // namespace
