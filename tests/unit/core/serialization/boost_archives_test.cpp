// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/boost_archives.hpp>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/archive/xml_iarchive.hpp>
#include <boost/archive/xml_oarchive.hpp>

#include <gtest/gtest.h>

#include <sstream>

#include "coding.hpp"
#include "sample_types.hpp"

// The same types, the same `serialize` templates, and Boost's own archives.

namespace remoting::testing {
namespace {

template <class Output, class Input>
struct Archives {
    using Saving = Output;
    using Loading = Input;
};

template <class T>
class BoostArchives : public ::testing::Test {
};

using Kinds = ::testing::Types<Archives<boost::archive::text_oarchive, boost::archive::text_iarchive>,
                               Archives<boost::archive::xml_oarchive, boost::archive::xml_iarchive>,
                               Archives<boost::archive::binary_oarchive, boost::archive::binary_iarchive>>;
TYPED_TEST_SUITE(BoostArchives, Kinds);

template <class Kind, class T>
T through(const T& value)
{
    std::stringstream stream;
    {
        typename Kind::Saving archive(stream);
        archive << boost::serialization::make_nvp("value", value);
    }
    T loaded{};
    typename Kind::Loading archive(stream);
    archive >> boost::serialization::make_nvp("value", loaded);
    return loaded;
}

TYPED_TEST(BoostArchives, CarryGeneratedTypes)
{
    const bank::Report report = bank::sample_report();
    EXPECT_EQ((through<TypeParam>(report)), report);
    EXPECT_EQ((through<TypeParam>(bank::Report())), bank::Report());
}

TYPED_TEST(BoostArchives, CarryWhatOurArchivesDecoded)
{
    const auto decoded = decode<bank::Report>(encode(bank::sample_report()));
    EXPECT_EQ(encode(through<TypeParam>(decoded)), encode(bank::sample_report()));
}

TYPED_TEST(BoostArchives, CarryUnknownAlternatives)
{
    using Variant = std::variant<std::int32_t, std::monostate, UnknownAlternative>;
    for (const Variant& value : {Variant(5), Variant(std::monostate()), Variant(UnknownAlternative{7, Bytes("abc")})}) {
        EXPECT_EQ((through<TypeParam>(value)), value);
    }
}

TYPED_TEST(BoostArchives, CarryTheLimitsOfTimestamps)
{
    EXPECT_EQ((through<TypeParam>(Timestamp::min())), Timestamp::min());
    EXPECT_EQ((through<TypeParam>(Timestamp::max())), Timestamp::max());
}

}  // namespace
}  // namespace remoting::testing
