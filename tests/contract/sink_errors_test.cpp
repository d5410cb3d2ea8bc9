// SPDX-License-Identifier: BSL-1.0
#include "asked_servants.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <boost/asio/use_future.hpp>

#include <atomic>
#include <stdexcept>

// The rule for sinks that throw, of core/README.md, line by line: over every channel, for synchronous and asynchronous
// callers, and for servants that answer at once and later.

namespace contract {
namespace {

namespace asio = boost::asio;
using remoting::CallEnd;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::FunctionRef;
using remoting::MethodCall;
using remoting::RemoteException;
using remoting::RemotingError;
using remoting::test::expect_error;
using remoting::test::thrown;

enum class Moment { before, after };

[[noreturn]] void throw_runtime_error()
{
    throw std::runtime_error("of the sink");
}
[[noreturn]] void throw_remoting_error()
{
    throw RemotingError(ErrorCode::permission_denied, Executed::no, "not today");
}
[[noreturn]] void throw_declared()
{
    throw Declined("not here");
}
[[noreturn]] void throw_number()
{
    throw 42;
}

/// Throws at one moment of each call, of one-way ones only or of all.
class Thrower final : public remoting::MessageSink {
public:
    Thrower(Moment moment, Action action, bool only_one_way = false)
        : moment_(moment),
          action_(std::move(action)),
          only_one_way_(only_one_way)
    {
    }
    void process(MethodCall& call, FunctionRef<void()> next) override
    {
        act(call, Moment::before);
        next();
        act(call, Moment::after);
    }
    CallEnd begin(MethodCall& call) override
    {
        act(call, Moment::before);
        return [this](MethodCall& over, std::exception_ptr&) { act(over, Moment::after); };
    }

private:
    void act(const MethodCall& call, Moment moment)
    {
        if (moment == moment_ && (!only_one_way_ || call.method.one_way)) {
            action_();
        }
    }

    const Moment moment_;
    const Action action_;
    const bool only_one_way_;
};

/// Notes what it sees of each call.
class Witness final : public remoting::MessageSink {
public:
    void process(MethodCall&, FunctionRef<void()> next) override
    {
        ++begun;
        try {
            next();
        } catch (...) {
            ++failed;
            throw;
        }
        ++succeeded;
    }
    CallEnd begin(MethodCall&) override
    {
        ++begun;
        return [this](MethodCall&, std::exception_ptr& outcome) { ++(outcome != nullptr ? failed : succeeded); };
    }

    std::atomic<int> begun{0};
    std::atomic<int> failed{0};
    std::atomic<int> succeeded{0};
};

/// Answers calls that ask by itself.
class Answerer final : public remoting::MessageSink {
public:
    void process(MethodCall& call, FunctionRef<void()> next) override
    {
        if (!answer(call)) {
            next();
        }
    }
    CallEnd begin(MethodCall& call) override
    {
        call.is_answered = answer(call);
        return {};
    }

private:
    static bool answer(MethodCall& call)
    {
        if (call.method.name == "Ask") {
            *static_cast<std::int32_t*>(call.values[1]) = 42;
        }
        return call.method.name == "Ask";
    }
};

class ByteThrower final : public remoting::ByteSink {
public:
    ByteThrower(Action on_way_out, Action on_way_in)
        : on_way_out_(std::move(on_way_out)),
          on_way_in_(std::move(on_way_in))
    {
    }
    void outgoing(remoting::Buffer&) override { on_way_out_(); }
    void incoming(std::span<const std::byte> received, remoting::Buffer& payload) override
    {
        on_way_in_();
        payload.append(received);
    }

private:
    const Action on_way_out_;
    const Action on_way_in_;
};

class SinkErrors : public remoting::test::ChannelTest {
protected:
    using Ask = std::function<std::int32_t()>;

    /// For each kind of caller and of servant, in a world of their own made with these options.
    void for_each_style(const std::function<void(const Ask& ask)>& expectation)
    {
        for (const char* const servant : {"plain", "coroutine"}) {
            for (const bool is_async : {false, true}) {
                SCOPED_TRACE(std::string(is_async ? "async" : "sync") + " call of a " + servant + " servant");
                entered = 0;
                const auto asked = make(servant);
                expectation([&] { return is_async ? asked->async_Ask(7, asio::use_future).get() : asked->Ask(7); });
            }
        }
    }
    /// The same for one-way calls.
    void for_each_one_way_style(const std::function<void(Asked& asked, const Action& tell)>& expectation)
    {
        for (const char* const servant : {"plain", "coroutine"}) {
            for (const bool is_async : {false, true}) {
                SCOPED_TRACE(std::string(is_async ? "async" : "sync") + " call of a " + servant + " servant");
                entered = 0;
                const auto asked = make(servant);
                expectation(*asked, [&] { is_async ? asked->async_Tell(7, asio::use_future).get() : asked->Tell(7); });
            }
        }
    }
    std::shared_ptr<Asked> make(const char* servant)
    {
        auto& made = rig(server_options, client_options);
        made.server().publish<Asked>("plain", std::make_shared<AskedServant>([&] { ++entered; }));
        const auto enter = [&]() -> asio::awaitable<void> {
            ++entered;
            co_return;
        };
        made.server().register_singleton<Asked>("coroutine",
                                                [enter] { return std::make_shared<AskedCoroutines>(enter); });
        return made.client().get_object<Asked>(made.url_of(servant));
    }
    /// Around the sink under test.
    remoting::MessageSinks between(std::shared_ptr<remoting::MessageSink> sink)
    {
        outer = std::make_shared<Witness>();
        inner = std::make_shared<Witness>();
        return {outer, std::move(sink), inner};
    }
    void on_client(Moment moment, Action action)
    {
        client_options.message_sinks = between(std::make_shared<Thrower>(moment, std::move(action)));
    }
    void on_server(Moment moment, Action action)
    {
        server_options.message_sinks = between(std::make_shared<Thrower>(moment, std::move(action)));
    }

    std::atomic<int> entered{0};
    std::shared_ptr<Witness> outer;
    std::shared_ptr<Witness> inner;
    remoting::ServerOptions server_options = place().server_options();
    remoting::ClientOptions client_options = place().client_options();
};

INSTANTIATE_TEST_SUITE_P(Contract, SinkErrors, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(SinkErrors, OfAClientsMessageSinkBeforeTheCallReachTheCallerAsTheyAreAndNothingIsSent)
{
    on_client(Moment::before, throw_runtime_error);
    for_each_style([&](const Ask& ask) {
        const auto error = thrown<std::runtime_error>([&] { ask(); });
        EXPECT_TRUE(error && error->what() == std::string("of the sink"));
        EXPECT_EQ(entered, 0);
    });
    EXPECT_EQ(inner->begun, 0);
    EXPECT_EQ(outer->failed, 4);
}

TEST_P(SinkErrors, DoNotComeFromMessageSinksThatAnswerCallsOfEveryStyle)
{
    for (auto* const options : {static_cast<remoting::CommonOptions*>(&client_options),
                                static_cast<remoting::CommonOptions*>(&server_options)}) {
        client_options.message_sinks.clear();
        options->message_sinks = between(std::make_shared<Answerer>());
        for_each_style([&](const Ask& ask) {
            EXPECT_EQ(ask(), 42);
            EXPECT_EQ(entered, 0);
        });
        EXPECT_EQ(inner->begun, 0);
        EXPECT_EQ(outer->succeeded, 4);
    }
}

TEST_P(SinkErrors, OfAClientsMessageSinkAfterTheCallReplaceTheOutcome)
{
    on_client(Moment::after, throw_runtime_error);
    for_each_style([&](const Ask& ask) {
        const auto error = thrown<std::runtime_error>([&] { ask(); });
        EXPECT_TRUE(error && error->what() == std::string("of the sink"));
        EXPECT_EQ(entered, 1);
    });
    EXPECT_EQ(inner->succeeded, 4);
    EXPECT_EQ(outer->failed, 4);
}

TEST_P(SinkErrors, OfAServersMessageSinkBeforeTheServantAreAnsweredAsIfItHadThrownButItWasNotEntered)
{
    on_server(Moment::before, throw_runtime_error);
    for_each_style([&](const Ask& ask) {
        const auto error = thrown<RemoteException>([&] { ask(); });
        EXPECT_TRUE(error && error->executed() == Executed::no);
        EXPECT_EQ(entered, 0);
    });
    EXPECT_EQ(inner->begun, 0);
    EXPECT_EQ(outer->failed, 4);
}

TEST_P(SinkErrors, OfAServersMessageSinkBeforeTheServantKeepTheCodeOfARemotingError)
{
    on_server(Moment::before, throw_remoting_error);
    for_each_style([&](const Ask& ask) {
        EXPECT_EQ(expect_error(ErrorCode::permission_denied, Executed::no, [&] { ask(); }).cause(), "not today");
        EXPECT_EQ(entered, 0);
    });
}

TEST_P(SinkErrors, OfAServersMessageSinkThatTheMethodDeclaresReachTheCallerAsThemselves)
{
    for (const Moment moment : {Moment::before, Moment::after}) {
        on_server(moment, throw_declared);
        for_each_style([&](const Ask& ask) {
            const auto error = thrown<Declined>([&] { ask(); });
            EXPECT_TRUE(error && error->reason == "not here");
        });
    }
}

TEST_P(SinkErrors, OfAServersMessageSinkAfterTheServantReplaceTheOutcome)
{
    for (const Action& action : {Action(throw_runtime_error), Action(throw_remoting_error), Action(throw_number)}) {
        on_server(Moment::after, action);
        for_each_style([&](const Ask& ask) {
            const auto error = thrown<RemoteException>([&] { ask(); });
            EXPECT_TRUE(error && error->executed() == Executed::yes);
            EXPECT_EQ(entered, 1);
        });
        EXPECT_EQ(inner->succeeded, 4);
        EXPECT_EQ(outer->failed, 4);
    }
}

TEST_P(SinkErrors, OfAClientsMessageSinkInAOneWayCallReachTheCaller)
{
    for (const Moment moment : {Moment::before, Moment::after}) {
        client_options.message_sinks = {std::make_shared<Thrower>(moment, throw_runtime_error, true)};
        for_each_one_way_style([&](Asked& asked, const Action& tell) {
            EXPECT_THROW(tell(), std::runtime_error);
            EXPECT_EQ(asked.Ask(1), 1);
            EXPECT_EQ(entered, moment == Moment::before ? 1 : 2) << "after the call it has left";
        });
    }
}

TEST_P(SinkErrors, OfAServersMessageSinkInAOneWayCallAreToldNobodyButTheLog)
{
    for (const Moment moment : {Moment::before, Moment::after}) {
        remoting::test::Tally said;
        server_options.message_sinks = {std::make_shared<Thrower>(moment, throw_runtime_error, true)};
        server_options.log = [&](std::string_view) { said.add(); };
        int expected = 0;
        for_each_one_way_style([&](Asked& asked, const Action& tell) {
            tell();
            EXPECT_EQ(asked.Ask(1), 1);
            EXPECT_TRUE(said.wait_until_at_least(++expected));
            EXPECT_EQ(entered, moment == Moment::before ? 1 : 2);
        });
        server_options.log = {};
        rig(place().server_options(), place().client_options());
    }
}

TEST_P(SinkErrors, OfAClientsByteSinkOnTheWayOutReachTheCallerAsTheyAreAndNothingIsSent)
{
    client_options.byte_sinks = {std::make_shared<ByteThrower>(throw_runtime_error, [] {})};
    for_each_style([&](const Ask& ask) {
        EXPECT_THROW(ask(), std::runtime_error);
        EXPECT_EQ(entered, 0);
    });
    for_each_one_way_style([&](Asked&, const Action& tell) {
        EXPECT_THROW(tell(), std::runtime_error);
        EXPECT_EQ(entered, 0);
    });
}

TEST_P(SinkErrors, OfAServersByteSinkOnTheWayInMakeThePayloadInvalidAndTheServantIsNotEntered)
{
    for (const Action& action : {Action(throw_runtime_error), Action(throw_number)}) {
        server_options.byte_sinks = {std::make_shared<ByteThrower>([] {}, action)};
        for_each_style([&](const Ask& ask) {
            for (int i = 0; i < 2; ++i) {
                expect_error(ErrorCode::invalid_payload, Executed::no, [&] { ask(); });
            }
            EXPECT_EQ(entered, 0);
        });
    }
    server_options.byte_sinks = {std::make_shared<ByteThrower>([] {}, throw_remoting_error)};
    for_each_style([&](const Ask& ask) { expect_error(ErrorCode::permission_denied, Executed::no, [&] { ask(); }); });
}

TEST_P(SinkErrors, OfAServersByteSinkOnTheWayInLoseAOneWayCallAndNothingElse)
{
    std::atomic<int> messages = 0;
    server_options.byte_sinks = {std::make_shared<ByteThrower>([] {},
                                                               [&] {
                                                                   if (messages++ % 2 == 0) {
                                                                       throw_runtime_error();
                                                                   }
                                                               })};
    for_each_one_way_style([&](Asked& asked, const Action& tell) {
        tell();
        EXPECT_EQ(asked.Ask(1), 1);
        EXPECT_EQ(entered, 1);
    });
}

TEST_P(SinkErrors, OfAServersByteSinkOnTheWayOutAreAnsweredAsIfTheServantHadThrown)
{
    for (const Action& action : {Action(throw_runtime_error), Action(throw_remoting_error), Action(throw_number)}) {
        server_options.byte_sinks = {std::make_shared<ByteThrower>(action, [] {})};
        for_each_style([&](const Ask& ask) {
            for (int i = 0; i < 2; ++i) {
                const auto error = thrown<RemoteException>([&] { ask(); });
                EXPECT_TRUE(error && error->executed() == Executed::yes);
            }
            EXPECT_EQ(entered, 2);
        });
    }
}

TEST_P(SinkErrors, OfAClientsByteSinkOnTheWayInMakeTheReplyInvalidAfterTheServantRan)
{
    for (const Action& action : {Action(throw_runtime_error), Action(throw_number)}) {
        client_options.byte_sinks = {std::make_shared<ByteThrower>([] {}, action)};
        for_each_style([&](const Ask& ask) {
            for (int i = 0; i < 2; ++i) {
                expect_error(ErrorCode::invalid_payload, Executed::yes, [&] { ask(); });
            }
            EXPECT_EQ(entered, 2);
        });
    }
    client_options.byte_sinks = {std::make_shared<ByteThrower>([] {}, throw_remoting_error)};
    for_each_style([&](const Ask& ask) { expect_error(ErrorCode::permission_denied, Executed::yes, [&] { ask(); }); });
}

}  // namespace
}  // namespace contract
