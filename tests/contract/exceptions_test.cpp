// SPDX-License-Identifier: BSL-1.0
#include "contract.remoting.hpp"
#include "values_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <functional>
#include <stdexcept>

namespace contract {
namespace {

using remoting::CustomErrors;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemoteException;
using remoting::RemotingError;
using remoting::test::contains;
using remoting::test::expect_error;
using remoting::test::thrown;
using remoting::test::Way;

class ThrowerServant final : public Thrower {
public:
    std::function<std::int32_t()> action = [] { return 0; };

    std::int32_t get_Fragile() override { return action(); }
    void set_Fragile(std::int32_t) override { action(); }
    std::int32_t Declared() override { return action(); }
    std::int32_t OnlyMissing() override { return action(); }
    std::int32_t Nothing() override { return action(); }
    void Unheard() override { action(); }
};

/// What a library of the user's might throw.
class Custom : public std::domain_error {
    using std::domain_error::domain_error;
};

class ExceptionsOfEveryWay : public remoting::test::WayTest {
protected:
    template <class F>
    Thrower& throwing(F action)
    {
        servant_->action = [action] {
            action();
            return 1;
        };
        return *thrower_;
    }
    void expect_usable()
    {
        servant_->action = [] { return 42; };
        EXPECT_EQ(thrower_->Declared(), 42) << "after the exception";
    }

private:
    std::shared_ptr<ThrowerServant> servant_ = std::make_shared<ThrowerServant>();
    std::shared_ptr<Thrower> thrower_ = serve<Thrower>(servant_);
};

INSTANTIATE_TEST_SUITE_P(Contract, ExceptionsOfEveryWay, remoting::test::every_way(), remoting::test::name_of);

TEST_P(ExceptionsOfEveryWay, ArriveAsThemselves)
{
    Thrower& thrower = throwing([] { throw Failure("broken"); });
    const auto failure = thrown<Failure>([&] { thrower.Declared(); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->reason, "broken");
    const Failure& caught = *failure;
    EXPECT_EQ(typeid(caught), typeid(Failure));
    EXPECT_TRUE(contains(failure->what(), "contract.Failure") && contains(failure->what(), "broken"))
        << failure->what();
    expect_usable();
}

TEST_P(ExceptionsOfEveryWay, ArriveAsWhatWasThrownWhereABaseIsDeclared)
{
    Thrower& thrower = throwing([] { throw Missing("gone", 410, {"a", "b"}); });
    const auto missing = thrown<Missing>([&] { thrower.Declared(); });
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->reason, "gone");
    EXPECT_EQ(missing->code, 410);
    EXPECT_EQ(missing->names, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(contains(missing->what(), "410")) << missing->what();
    expect_usable();
}

TEST_P(ExceptionsOfEveryWay, ArriveWithTheFieldsOfAllTheirBasesAndWithReferences)
{
    const auto finder = std::make_shared<NodeServant>("finder");
    Thrower& thrower = throwing([&] {
        throw Lost("lost", 1, {"x"}, Inner{3, "there"}, remoting::Timestamp(remoting::Timestamp::duration(5)), finder);
    });
    const auto lost = thrown<Lost>([&] { thrower.OnlyMissing(); });
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->reason, "lost");
    EXPECT_EQ(lost->code, 1);
    EXPECT_EQ(lost->names, std::vector<std::string>{"x"});
    EXPECT_EQ(lost->place, (Inner{3, "there"}));
    EXPECT_EQ(lost->since, remoting::Timestamp(remoting::Timestamp::duration(5)));
    ASSERT_NE(lost->finder, nullptr);
    EXPECT_EQ(lost->finder->get_Label(), "finder");
    expect_usable();
}

TEST_P(ExceptionsOfEveryWay, CanBeCaughtAsTheirBase)
{
    Thrower& thrower = throwing([] { throw Lost("lost", 1, {}, {}, {}, nullptr); });
    try {
        thrower.Declared();
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.reason, "lost");
        EXPECT_NE(dynamic_cast<const Lost*>(&failure), nullptr);
    }
    EXPECT_THROW(thrower.Declared(), remoting::UserException);
    EXPECT_THROW(thrower.Declared(), std::exception);
}

TEST_P(ExceptionsOfEveryWay, KeepEmptyAndHugeFields)
{
    const std::string huge(std::size_t{512} * 1024, 'h');
    Thrower& thrower = throwing([&] { throw Missing(huge, 0, std::vector<std::string>(1000)); });
    const auto missing = thrown<Missing>([&] { thrower.Declared(); });
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->reason, huge);
    EXPECT_EQ(missing->names.size(), 1000U);
}

class UndeclaredExceptions : public remoting::test::ChannelTest {
protected:
    /// The error a client gets when a servant does `action` where nothing is declared.
    template <class F>
    std::optional<RemoteException> caught(CustomErrors custom_errors, F action)
    {
        auto options = place().server_options();
        options.custom_errors = custom_errors;
        auto& made = rig(std::move(options), place().client_options());
        auto servant = std::make_shared<ThrowerServant>();
        servant->action = [action] {
            action();
            return 1;
        };
        const auto thrower = made.serve<Thrower>(servant);
        auto error = thrown<RemoteException>([&] { thrower->Nothing(); });
        if (error) {
            EXPECT_EQ(error->code(), ErrorCode::internal);
            EXPECT_EQ(error->executed(), Executed::yes);
            EXPECT_EQ(error->method(), "contract.Thrower.Nothing");
            EXPECT_EQ(error->object(), "object1");
            EXPECT_EQ(error->address(), made.url());
            EXPECT_TRUE(contains(error->what(), error->method()) && contains(error->what(), error->object()))
                << error->what();
        }
        servant->action = [] { return 42; };
        EXPECT_EQ(thrower->Nothing(), 42) << "after the exception";
        return error;
    }
};

INSTANTIATE_TEST_SUITE_P(Contract, UndeclaredExceptions, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(UndeclaredExceptions, TellTypeAndTextWhenCustomErrorsAreOff)
{
    const auto error = caught(CustomErrors::off, [] { throw Custom("the text"); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(contains(error->type_name(), "Custom")) << error->type_name();
    EXPECT_EQ(error->details(), "the text");
    EXPECT_TRUE(contains(error->what(), "the text")) << error->what();
}

TEST_P(UndeclaredExceptions, TellNothingWhenCustomErrorsAreOn)
{
    const auto error = caught(CustomErrors::on, [] { throw Custom("the text"); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type_name(), "");
    EXPECT_EQ(error->details(), "");
    EXPECT_FALSE(contains(error->what(), "the text") || contains(error->what(), "Custom")) << error->what();
}

TEST_P(UndeclaredExceptions, TellCallersOnThisMachineWhenCustomErrorsAreRemoteOnly)
{
    const auto error = caught(CustomErrors::remote_only, [] { throw Custom("the text"); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->details(), "the text");
}

TEST_P(UndeclaredExceptions, NeedNotBeClasses)
{
    const auto error = caught(CustomErrors::off, [] { throw 42; });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type_name(), "int");
    EXPECT_FALSE(error->details().empty());
}

TEST_P(UndeclaredExceptions, NeedNotBeClassesWhenNothingIsTold)
{
    EXPECT_TRUE(caught(CustomErrors::on, [] { throw 42; }));
}

TEST_P(UndeclaredExceptions, MayHaveTextThatIsNotUtf8AndHuge)
{
    const auto error = caught(CustomErrors::off, [] { throw std::runtime_error(std::string(10'000'000, '\xFF')); });
    ASSERT_TRUE(error);
    EXPECT_FALSE(error->details().empty());
    EXPECT_LT(error->details().size(), 100'000U);
}

TEST_P(UndeclaredExceptions, MayComeFromTheIdlButBelongToAnotherMethod)
{
    const auto error = caught(CustomErrors::off, [] { throw Failure("where nothing is declared"); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(contains(error->type_name(), "Failure")) << error->type_name();
}

TEST_P(UndeclaredExceptions, IncludeTheBaseOfADeclaredOne)
{
    auto servant = std::make_shared<ThrowerServant>();
    servant->action = []() -> std::int32_t { throw Failure("only Missing is declared"); };
    const auto thrower = rig().serve<Thrower>(servant);
    EXPECT_THROW(thrower->OnlyMissing(), RemoteException);
    EXPECT_THROW(thrower->Declared(), Failure);
}

TEST_P(UndeclaredExceptions, LeavePropertiesToo)
{
    auto servant = std::make_shared<ThrowerServant>();
    servant->action = []() -> std::int32_t { throw std::out_of_range("fragile"); };
    const auto thrower = rig().serve<Thrower>(servant);
    const auto on_get = thrown<RemoteException>([&] { thrower->get_Fragile(); });
    const auto on_set = thrown<RemoteException>([&] { thrower->set_Fragile(1); });
    EXPECT_TRUE(on_get && on_get->method() == "contract.Thrower.get_Fragile");
    EXPECT_TRUE(on_set && on_set->method() == "contract.Thrower.set_Fragile");
}

TEST_P(UndeclaredExceptions, OfOneWayMethodsReachNobodyAndHurtNobody)
{
    auto servant = std::make_shared<ThrowerServant>();
    remoting::test::Tally runs;
    servant->action = [&] {
        const int run = runs.add();
        return run < 3 ? throw run : run;
    };
    const auto thrower = rig().serve<Thrower>(servant);
    thrower->Unheard();
    thrower->Unheard();
    EXPECT_EQ(thrower->Nothing(), 3);
}

TEST_P(UndeclaredExceptions, IncludeErrorsOfCallsTheServantMade)
{
    auto servant = std::make_shared<ThrowerServant>();
    servant->action = []() -> std::int32_t {
        throw RemotingError(ErrorCode::connect_failed, Executed::no, "of an inner call");
    };
    const auto thrower = rig().serve<Thrower>(servant);
    const auto error = thrown<RemoteException>([&] { thrower->Nothing(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->executed(), Executed::yes);
}

TEST_P(UndeclaredExceptions, DoNotStandForTextThatIsNotUtf8)
{
    const auto values = rig().serve<Values>(std::make_shared<ValuesServant>());
    for (const char* const wrong : {"\xFF", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
        std::string both;
        std::string copy;
        const auto error =
            expect_error(ErrorCode::invalid_argument, Executed::no, [&] { values->EchoText(wrong, both, copy); });
        EXPECT_EQ(error.method(), "contract.Values.EchoText");
    }
    values->set_Text("still works");
    EXPECT_EQ(values->get_Text(), "still works");
}

}  // namespace
}  // namespace contract
