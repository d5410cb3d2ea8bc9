// SPDX-License-Identifier: BSL-1.0
#include "bank.remoting.mock.hpp"
#include "derived.remoting.mock.hpp"
#include "empty.remoting.mock.hpp"
#include "events.remoting.mock.hpp"
#include "interface_names.remoting.mock.hpp"
#include "names.remoting.mock.hpp"
#include "references.remoting.mock.hpp"
#include "signatures.remoting.mock.hpp"
#include "streams.remoting.mock.hpp"
#include "struct_names.remoting.mock.hpp"
#include "types.remoting.mock.hpp"
#include "values.remoting.mock.hpp"
#include "variant_names.remoting.mock.hpp"
#include "words.remoting.mock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace {

using testing::_;
using testing::DoAll;
using testing::NiceMock;
using testing::Return;
using testing::SetArgReferee;

TEST(GeneratedMocks, StandForTheirInterfaces)
{
    const auto mock = std::make_shared<NiceMock<bank::MockAccount>>();
    const std::shared_ptr<bank::Account> account = mock;
    EXPECT_CALL(*mock, get_Owner()).WillOnce(Return("Ada"));
    EXPECT_CALL(*mock, Split(_, _, testing::Eq(3))).WillOnce(DoAll(SetArgReferee<1>(money::Money{money::Currency::USD, 5})));

    money::Money half;
    std::int32_t parts = 3;
    account->Split({}, half, parts);

    EXPECT_EQ(account->get_Owner(), "Ada");
    EXPECT_EQ(half.cents, 5);
}

TEST(GeneratedMocks, HaveInheritedMethodsToo)
{
    NiceMock<golden::derived::MockSavings> savings;
    EXPECT_CALL(savings, get_Owner()).WillOnce(Return("Bob"));
    EXPECT_EQ(static_cast<bank::Account&>(savings).get_Owner(), "Bob");
}

TEST(GeneratedMocks, TakeTypesWithCommas)
{
    NiceMock<golden::values::MockMaker> maker;
    EXPECT_CALL(maker, Letter(u'a', _, _, _, _, _, _, _, _)).WillOnce(Return(u'b'));
    remoting::TimeSpan wait{};
    remoting::Uuid id;
    golden::values::Page<golden::values::All> page;
    EXPECT_EQ(maker.Letter(u'a', wait, id, {}, {}, {}, {}, {}, page), u'b');
}

}  // namespace
