// SPDX-License-Identifier: BSL-1.0
#include <boost/optional.hpp>
#include <boost/optional/optional_io.hpp>
#include <boost/serialization/array_wrapper.hpp>
#include <boost/serialization/base_object.hpp>
#include <boost/serialization/binary_object.hpp>
#include <boost/serialization/complex.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/split_member.hpp>
#include <boost/serialization/valarray.hpp>
#include <boost/serialization/version.hpp>

#include <complex>
#include <string>
#include <valarray>
#include <vector>

#include "coding.hpp"

// Whatever Boost.Serialization lets a user's type do to be serialized.

namespace shop {

class Hidden {
public:
    Hidden() = default;
    explicit Hidden(int value) : value_(value) {}
    int value() const { return value_; }

private:
    friend class boost::serialization::access;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        archive& BOOST_SERIALIZATION_NVP(value_);
    }

    int value_ = 0;
};

class Split {
public:
    int celsius = 0;

private:
    friend class boost::serialization::access;
    template <class Archive>
    void save(Archive& archive, const unsigned int /*version*/) const
    {
        const int kelvin = celsius + 273;
        archive << kelvin;
    }
    template <class Archive>
    void load(Archive& archive, const unsigned int /*version*/)
    {
        int kelvin = 0;
        archive >> kelvin;
        celsius = kelvin - 273;
    }
    BOOST_SERIALIZATION_SPLIT_MEMBER()
};

struct Free {
    int x = 0;
    int y = 0;
};

template <class Archive>
void serialize(Archive& archive, Free& value, const unsigned int /*version*/)
{
    archive& value.x;
    archive& value.y;
}

struct SplitFree {
    std::string text;
};

template <class Archive>
void save(Archive& archive, const SplitFree& value, const unsigned int /*version*/)
{
    archive << value.text << std::int8_t{1};
}

template <class Archive>
void load(Archive& archive, SplitFree& value, const unsigned int /*version*/)
{
    std::int8_t one = 0;
    archive >> value.text >> one;
    value.text += std::to_string(one);
}

struct Versioned {
    int first = 0;
    int second = -1;
    unsigned seen_version = 0;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int version)
    {
        seen_version = version;
        archive& first;
        if (version >= 2) {
            archive& second;
        }
    }
};

struct Base {
    int base = 0;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        archive& base;
    }
};

struct Derived : Base {
    int derived = 0;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        archive& boost::serialization::make_nvp("Base", boost::serialization::base_object<Base>(*this));
        archive& boost::serialization::base_object<Base>(*this);
        archive& derived;
    }
};

/// Only for boost::serialization, as BOOST_SERIALIZATION_SPLIT_FREE and third parties do it.
struct Foreign {
    int value = 0;
};

/// Looks like a container, but says itself how it travels.
struct Stack : std::vector<int> {
    using std::vector<int>::vector;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        int top = empty() ? 0 : back();
        archive& top;
        assign(1, top);
    }
};

struct Wrapped {
    int numbers[3] = {};
    char raw[2] = {};
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        archive& boost::serialization::make_array(numbers, 3);
        archive& boost::serialization::make_binary_object(raw, 2);
        archive& boost::serialization::make_nvp("raw", raw);
    }
};

struct Shape {
    virtual ~Shape() = default;
    int sides = 0;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        archive& sides;
    }
};

struct Square : Shape {};

/// Knows which way it is serialized, and calls what Boost's archives have.
struct Curious {
    bool saved = false;
    bool loaded = false;
    template <class Archive>
    void serialize(Archive& archive, const unsigned int /*version*/)
    {
        archive.template register_type<Derived>();
        archive.register_type(static_cast<Derived*>(nullptr));
        saved = Archive::is_saving::value;
        loaded = Archive::is_loading::value;
    }
};

}  // namespace shop

BOOST_CLASS_VERSION(shop::Versioned, 2)
BOOST_SERIALIZATION_SPLIT_FREE(shop::SplitFree)

namespace boost::serialization {

template <class Archive>
void serialize(Archive& archive, shop::Foreign& value, const unsigned int /*version*/)
{
    archive& make_nvp("value", value.value);
}

}  // namespace boost::serialization

namespace remoting::testing {
namespace {

TEST(ArchiveWithBoost, SerializesPrivateMembersThroughAccess)
{
    EXPECT_EQ(decode<shop::Hidden>(encode(shop::Hidden(7))).value(), 7);
    EXPECT_EQ(encoded(shop::Hidden(7)), "04 00 00 00 07 00 00 00");
}

TEST(ArchiveWithBoost, CallsSplitMembers)
{
    shop::Split value;
    value.celsius = 20;
    EXPECT_EQ(encoded(value), "04 00 00 00 25 01 00 00");
    EXPECT_EQ(decode<shop::Split>(encode(value)).celsius, 20);
}

TEST(ArchiveWithBoost, FindsFreeFunctionsInTheTypesNamespace)
{
    const auto value = decode<shop::Free>(encode(shop::Free{1, 2}));
    EXPECT_EQ(value.x, 1);
    EXPECT_EQ(value.y, 2);
}

TEST(ArchiveWithBoost, FindsSplitFreeFunctions)
{
    EXPECT_EQ(decode<shop::SplitFree>(encode(shop::SplitFree{"a"})).text, "a1");
}

TEST(ArchiveWithBoost, FindsFreeFunctionsInBoostsNamespace)
{
    EXPECT_EQ(decode<shop::Foreign>(encode(shop::Foreign{5})).value, 5);
    EXPECT_EQ(decode<std::complex<double>>(encode(std::complex(1.0, 2.0))), std::complex(1.0, 2.0));
}

TEST(ArchiveWithBoost, CarriesAVersionAboveZeroInFrontOfTheBody)
{
    EXPECT_EQ(encoded(shop::Versioned{3, 4}), "0c 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00");
}

TEST(ArchiveWithBoost, PassesTheWritersVersionToTheReader)
{
    const auto current = decode<shop::Versioned>(encode(shop::Versioned{3, 4}));
    EXPECT_EQ(current.seen_version, 2U);
    EXPECT_EQ(current.second, 4);
    const auto old = decode<shop::Versioned>(from_hex("08000000 01000000 03000000"));
    EXPECT_EQ(old.seen_version, 1U);
    EXPECT_EQ(old.first, 3);
    EXPECT_EQ(old.second, -1);
    const auto future = decode<shop::Versioned>(from_hex("10000000 03000000 03000000 04000000 05000000"));
    EXPECT_EQ(future.seen_version, 3U);
    EXPECT_EQ(future.second, 4);
    const auto empty = decode<shop::Versioned>(from_hex("00000000"));
    EXPECT_EQ(empty.seen_version, 0U);
}

TEST(ArchiveWithBoost, SerializesBaseObjectsAsStructsOfTheirOwn)
{
    shop::Derived value;
    value.base = 1;
    value.derived = 2;
    EXPECT_EQ(encoded(value), "14 00 00 00 04 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00 02 00 00 00");
    const auto loaded = decode<shop::Derived>(encode(value));
    EXPECT_EQ(loaded.base, 1);
    EXPECT_EQ(loaded.derived, 2);
}

TEST(ArchiveWithBoost, PrefersATypesOwnSerializeToItsLookAsAContainer)
{
    EXPECT_EQ(encoded(shop::Stack{1, 2, 3}), "04 00 00 00 03 00 00 00");
    EXPECT_EQ(decode<shop::Stack>(encode(shop::Stack{1, 2, 3})), shop::Stack{3});
}

TEST(ArchiveWithBoost, SeesThroughWrappers)
{
    shop::Wrapped value;
    value.numbers[2] = 3;
    value.raw[1] = 'b';
    EXPECT_EQ(encoded(value), "10 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00 00 62 00 62");
    const auto loaded = decode<shop::Wrapped>(encode(value));
    EXPECT_EQ(loaded.numbers[2], 3);
    EXPECT_EQ(loaded.raw[1], 'b');
    const auto old = decode<shop::Wrapped>(from_hex("08000000 01000000 02000000"));
    EXPECT_EQ(old.numbers[1], 2);
    EXPECT_EQ(old.numbers[2], 0);
}

TEST(ArchiveWithBoost, SeesThroughNamesWithinNames)
{
    int value = 7;
    Buffer buffer;
    OutputArchive out(buffer);
    const auto inner = boost::serialization::make_nvp("inner", value);
    out << boost::serialization::make_nvp("outer", inner);
    EXPECT_EQ(to_hex(buffer.bytes()), "07 00 00 00");
    value = 0;
    InputArchive in(buffer.bytes());
    in >> boost::serialization::make_nvp("outer", inner);
    EXPECT_EQ(value, 7);
}

TEST(ArchiveWithBoost, ServesBoostsOwnContainerTemplates)
{
    const std::valarray<double> value = {1.0, 2.0, 3.0};
    const auto loaded = decode<std::valarray<double>>(encode(value));
    ASSERT_EQ(loaded.size(), 3U);
    EXPECT_EQ(loaded[2], 3.0);
}

TEST(ArchiveWithBoost, RefusesACountThatBoostsContainerTemplatesWouldAllocate)
{
    EXPECT_EQ(error_decoding<std::valarray<double>>("04000000 ffffff7f"), ErrorCode::invalid_payload);
    EXPECT_EQ(error_decoding<std::valarray<double>>("0c000000 09000000 0000000000000000"), ErrorCode::invalid_payload);
}

TEST(ArchiveWithBoost, TakesBoostsOptionalForAnOptional)
{
    EXPECT_EQ(encoded(boost::optional<std::int8_t>(3)), "01 03");
    EXPECT_EQ(decode<boost::optional<std::int8_t>>(from_hex("01 03")), std::int8_t{3});
}

TEST(ArchiveWithBoost, RefusesToSlice)
{
    const std::unique_ptr<shop::Shape> square = std::make_unique<shop::Square>();
    EXPECT_EQ(error_of([&] { static_cast<void>(encode(square)); }), ErrorCode::invalid_argument);
    const auto shape = std::make_shared<shop::Shape>();
    shape->sides = 5;
    EXPECT_EQ(decode<std::shared_ptr<shop::Shape>>(encode(shape))->sides, 5);
}

TEST(ArchiveWithBoost, TellsWhetherItSavesOrLoads)
{
    shop::Curious value;
    const Bytes bytes = encode(value);
    EXPECT_TRUE(value.saved);
    EXPECT_FALSE(value.loaded);
    decode_into(bytes, value);
    EXPECT_FALSE(value.saved);
    EXPECT_TRUE(value.loaded);
}

}  // namespace
}  // namespace remoting::testing
