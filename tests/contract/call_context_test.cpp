// SPDX-License-Identifier: BSL-1.0
#include "asked_servants.hpp"
#include "calls.remoting.async.hpp"
#include "calls_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/messaging/call_context.hpp>
#include <remoting/messaging/trace_parent.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

namespace contract {
namespace {

namespace asio = boost::asio;
using remoting::call_context;
using remoting::CallContext;
using remoting::CallContextScope;
using remoting::CallOptions;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::FunctionRef;
using remoting::MethodCall;
using remoting::RemoteException;
using remoting::TraceParent;
using remoting::test::expect_error;
using remoting::test::Gate;

std::string value(const CallContext* context, std::string_view key)
{
    const std::string* const found = context != nullptr ? context->find(key) : nullptr;
    return found != nullptr ? *found : "(none)";
}
std::string current(std::string_view key)
{
    return value(call_context(), key);
}

class Contexts : public remoting::test::ChannelTest {
protected:
    std::shared_ptr<Control> make() { return rig(server_options, client_options).serve<Control>(servant); }

    std::shared_ptr<ControlServant> servant = std::make_shared<ControlServant>();
    remoting::ServerOptions server_options = place().server_options();
    remoting::ClientOptions client_options = place().client_options();
};

INSTANTIATE_TEST_SUITE_P(Contract, Contexts, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Contexts, AreThereInServantsAndEmptyUnlessTheCallerHasOne)
{
    std::optional<std::size_t> size;
    servant->action = [&] { size = call_context()->size(); };
    EXPECT_EQ(call_context(), nullptr);
    make()->Do();
    EXPECT_EQ(size, 0U);
    EXPECT_EQ(call_context(), nullptr);
}

TEST_P(Contexts, FlowToTheServantAndBack)
{
    std::string seen;
    servant->action = [&] {
        seen = current("user");
        call_context()->set("user", "bob");
        call_context()->set("cost", "3");
    };
    const auto control = make();
    CallContextScope scope(CallContext{{"user", "ada"}, {"tenant", "blue"}});
    control->Do();
    EXPECT_EQ(seen, "ada");
    EXPECT_EQ(current("user"), "bob");
    EXPECT_EQ(current("cost"), "3");
    EXPECT_EQ(current("tenant"), "blue");
    control->Do();
    EXPECT_EQ(seen, "bob");
}

TEST_P(Contexts, ComeBackWithExceptionsToo)
{
    servant->action = [] {
        call_context()->set("cost", "3");
        throw std::runtime_error("in vain");
    };
    const auto control = make();
    const CallContextScope scope;
    EXPECT_THROW(control->Do(), RemoteException);
    EXPECT_EQ(current("cost"), "3");
}

TEST_P(Contexts, OfOneCallAreNotSeenByTheNextOne)
{
    std::vector<std::string> seen;
    servant->action = [&] {
        seen.push_back(current("user"));
        call_context()->set("user", "left behind");
    };
    const auto control = make();
    {
        const CallContextScope scope(CallContext{{"user", "ada"}});
        control->Do();
    }
    control->Do();
    EXPECT_EQ(seen, (std::vector<std::string>{"ada", "(none)"}));
}

TEST_P(Contexts, GoWithOneWayCalls)
{
    Gate arrived;
    std::string seen;
    servant->action = [&] {
        seen = current("user");
        call_context()->set("user", "nobody");
        arrived.open();
    };
    const auto control = make();
    const CallContextScope scope(CallContext{{"user", "ada"}});
    control->Post();
    ASSERT_TRUE(arrived.wait());
    control->Add(1, 2);
    EXPECT_EQ(seen, "ada");
    EXPECT_EQ(current("user"), "ada");
}

TEST_P(Contexts, AreInheritedByNestedCallsAndWhatTheseSetComesAllTheWayBack)
{
    const auto own = std::make_shared<ControlServant>();
    std::string seen;
    own->action = [&] {
        seen = current("user");
        call_context()->set("deep", "yes");
    };
    const auto far = make();
    auto second = rig().serve<Control>(own);
    servant->action = [&] { second->Do(); };
    const CallContextScope scope(CallContext{{"user", "ada"}});
    far->Do();
    EXPECT_EQ(seen, "ada");
    EXPECT_EQ(current("deep"), "yes");
}

TEST_P(Contexts, AreInheritedByCallbacksOnTheWaitingThread)
{
    class Caller final : public ControlServant {
    public:
        std::string seen;
        std::int32_t Add(std::int32_t a, std::int32_t b) override
        {
            seen = current("user");
            call_context()->set("asked", "yes");
            return a + b;
        }
    };
    const auto caller = std::make_shared<Caller>();
    const auto control = make();
    const CallContextScope scope(CallContext{{"user", "ada"}});
    EXPECT_EQ(control->Relay(caller, 8), 9);
    EXPECT_EQ(caller->seen, "ada");
    EXPECT_EQ(current("asked"), "yes");
}

TEST_P(Contexts, OfOptionsAreAddedForACopyOfTheProxyOnly)
{
    std::vector<std::string> seen;
    servant->action = [&] {
        seen.push_back(current("user") + " of " + current("tenant"));
        call_context()->set("cost", "3");
    };
    const auto control = make();
    const auto blue = with_options(control, CallOptions{.context = {{"tenant", "blue"}}});
    const auto hers = with_options(blue, CallOptions{.context = {{"user", "eve"}}});
    const CallContextScope scope(CallContext{{"user", "ada"}});
    control->Do();
    blue->Do();
    hers->Do();
    EXPECT_EQ(seen, (std::vector<std::string>{"ada of (none)", "ada of blue", "eve of blue"}));
    EXPECT_EQ(current("tenant"), "(none)");
    EXPECT_EQ(current("cost"), "3");
}

TEST_P(Contexts, TooLargeFailTheCallUnsent)
{
    servant->action = [] { FAIL() << "the servant was called"; };
    const auto control = make();
    const auto proxy = with_options(control, CallOptions{.context = {{"k", std::string(5000, 'v')}}});
    const CallContextScope scope(CallContext{{"l", std::string(5000, 'v')}});
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { proxy->Do(); });
    EXPECT_EQ(control->Add(1, 2), 3);
}

TEST_P(Contexts, ThatComeBackAndDoNotFitFailTheCallThatRan)
{
    servant->action = [] {
        call_context()->erase("k");
        call_context()->set("l", std::string(5000, 'v'));
    };
    const auto control = make();
    const CallContextScope scope(CallContext{{"k", std::string(5000, 'v')}});
    expect_error(ErrorCode::limit_exceeded, Executed::yes, [&] { control->Do(); });
    EXPECT_EQ(control->Add(1, 2), 3);
}

TEST_P(Contexts, LongerThanTheServersHeadersAreRefusedThere)
{
    server_options.limits.header_size = 1000;
    servant->action = [] { FAIL() << "the servant was called"; };
    const auto control = make();
    {
        const CallContextScope scope(CallContext{{"k", std::string(1000, 'v')}});
        expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { control->Do(); });
    }
    EXPECT_EQ(control->Add(1, 2), 3);
}

TEST_P(Contexts, CarryTheTraceThereUnchangedButNotBack)
{
    std::string seen;
    servant->action = [&] {
        seen = current("traceparent");
        call_context()->set("traceparent", TraceParent::start().to_string());
    };
    const auto control = make();
    CallContextScope scope;
    const TraceParent trace = remoting::start_trace(scope.context());
    control->Do();
    EXPECT_EQ(seen, trace.to_string());
    EXPECT_EQ(remoting::trace_parent(scope.context()), trace);
}

/// Adds a key before the call and another after it.
class Stamping final : public remoting::MessageSink {
public:
    explicit Stamping(std::string name) : name_(std::move(name)) {}
    void process(MethodCall& call, FunctionRef<void()> next) override
    {
        call.context.set(name_ + " before", value(&call.context, "user"));
        next();
        call.context.set(name_ + " after", value(&call.context, "cost"));
    }
    remoting::CallEnd begin(MethodCall& call) override
    {
        call.context.set(name_ + " before", value(&call.context, "user"));
        return [this](MethodCall& over, std::exception_ptr&) {
            over.context.set(name_ + " after", value(&over.context, "cost"));
        };
    }

private:
    std::string name_;
};

TEST_P(Contexts, CanBeReadAndChangedBySinks)
{
    client_options.message_sinks = {std::make_shared<Stamping>("client")};
    server_options.message_sinks = {std::make_shared<Stamping>("server")};
    std::string seen;
    servant->action = [&] {
        seen = current("client before") + ", " + current("server before");
        call_context()->set("cost", "3");
    };
    const auto control = make();
    const CallContextScope scope(CallContext{{"user", "ada"}});
    control->Do();
    EXPECT_EQ(seen, "ada, ada");
    EXPECT_EQ(current("server before"), "ada");
    EXPECT_EQ(current("server after"), "3");
    EXPECT_EQ(current("client before"), "(none)") << "what a client's sinks set is for that call only";
}

TEST_P(Contexts, OfAnAsynchronousCallAreSeenByItsHandler)
{
    std::string seen;
    servant->action = [&] {
        seen = current("user");
        call_context()->set("cost", "3");
    };
    const auto control = make();
    asio::io_context io;
    std::string in_handler;
    const CallOptions options{.context = {{"user", "ada"}}};
    control->async_Do(options, asio::bind_executor(io, [&](const std::exception_ptr& failure) {
                          EXPECT_EQ(failure, nullptr);
                          in_handler = current("user") + ", " + current("cost");
                      }));
    io.run();
    EXPECT_EQ(seen, "ada");
    EXPECT_EQ(in_handler, "ada, 3");
    EXPECT_EQ(call_context(), nullptr);
}

TEST_P(Contexts, FlowAlongACoroutineFromCallToCall)
{
    std::vector<std::string> seen;
    servant->action = [&] {
        seen.push_back(current("user") + ", " + current("cost"));
        call_context()->set("cost", "3");
    };
    const auto control = make();
    asio::io_context io;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            const CallOptions options{.context = {{"user", "ada"}}};
            co_await control->async_Do(options, asio::use_awaitable);
            co_await control->async_Do(asio::use_awaitable);
        },
        [](const std::exception_ptr& failure) { EXPECT_EQ(failure, nullptr); });
    io.run();
    EXPECT_EQ(seen, (std::vector<std::string>{"ada, (none)", "ada, 3"}));
}

TEST_P(Contexts, OfAsynchronousCallsComeBackToTheScopeInWhichTheirHandlersRun)
{
    servant->action = [] { call_context()->set("cost", "3"); };
    const auto control = make();
    asio::io_context io;
    const CallContextScope scope;
    control->async_Do(asio::bind_executor(io, [&](const std::exception_ptr&) { EXPECT_EQ(current("cost"), "3"); }));
    io.run();
    EXPECT_EQ(current("cost"), "3");
}

TEST_P(Contexts, PassThroughSinksOfAsynchronousCalls)
{
    client_options.message_sinks = {std::make_shared<Stamping>("client")};
    server_options.message_sinks = {std::make_shared<Stamping>("server")};
    std::string seen;
    servant->action = [&] {
        seen = current("client before");
        call_context()->set("cost", "3");
    };
    const auto control = make();
    asio::io_context io;
    std::string in_handler;
    const CallOptions options{.context = {{"user", "ada"}}};
    control->async_Do(options, asio::bind_executor(io, [&](const std::exception_ptr&) {
                          in_handler = current("server after") + ", " + current("client after");
                      }));
    io.run();
    EXPECT_EQ(seen, "ada");
    EXPECT_EQ(in_handler, "3, 3");
}

TEST_P(Contexts, TooLargeFailAnAsynchronousCallThroughItsHandler)
{
    const auto control = make();
    const CallContextScope scope(CallContext{{"l", std::string(5000, 'v')}});
    const CallOptions options{.context = {{"k", std::string(5000, 'v')}}};
    auto failed = control->async_Do(options, asio::use_future);
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { failed.get(); });
}

TEST_P(Contexts, OfLocalObjectsAreThoseOfTheCaller)
{
    std::string seen;
    servant->action = [&] {
        seen = current("user");
        call_context()->set("cost", "3");
    };
    const std::shared_ptr<Control> local = servant;
    {
        const CallContextScope scope(CallContext{{"user", "ada"}});
        local->Do();
        EXPECT_EQ(seen, "ada");
        EXPECT_EQ(current("cost"), "3");
    }
    asio::io_context io;
    std::string in_handler;
    const CallOptions options{.context = {{"user", "bob"}}};
    local->async_Do(options, asio::bind_executor(io, [&](const std::exception_ptr&) {
                        in_handler = current("user") + ", " + current("cost");
                    }));
    io.run();
    EXPECT_EQ(in_handler, "bob, 3");
}

TEST_P(Contexts, StayWithACoroutineOfAServantOnWhateverThreadItIsResumed)
{
    std::string seen_by_nested;
    servant->action = [&] {
        seen_by_nested = current("user");
        call_context()->set("deep", "yes");
    };
    const auto nested = make();
    const auto wander = [nested]() -> asio::awaitable<void> {
        call_context()->set("before", current("user"));
        co_await asio::post(asio::system_executor(), asio::use_awaitable);
        call_context()->set("after", current("user"));
        using namespace asio::experimental::awaitable_operators;
        co_await (nested->async_Do(asio::use_awaitable) && nested->async_Add(1, 2, asio::use_awaitable));
        call_context()->set("nested", current("deep"));
    };
    rig().server().register_singleton<Asked>("wandering", [&] { return std::make_shared<AskedCoroutines>(wander); });
    const auto asked = rig().client().get_object<Asked>(rig().url_of("wandering"));
    const CallContextScope scope(CallContext{{"user", "ada"}});
    EXPECT_EQ(asked->Ask(7), 7);
    EXPECT_EQ(current("before"), "ada");
    EXPECT_EQ(current("after"), "ada");
    EXPECT_EQ(current("nested"), "yes");
    EXPECT_EQ(current("deep"), "yes");
    EXPECT_EQ(seen_by_nested, "ada");
}

TEST_P(Contexts, AreInTheReplyOfAServantThatAnswersLater)
{
    std::promise<remoting::Reply<std::int32_t>> to_answer;
    std::string seen_at_once;
    const auto on_ask = [&](std::int32_t, const remoting::Reply<std::int32_t>& reply) {
        seen_at_once = current("user");
        call_context()->set("at once", "yes");
        to_answer.set_value(reply);
    };
    std::thread answering([asked = to_answer.get_future()]() mutable {
        ASSERT_EQ(asked.wait_for(remoting::test::patience), std::future_status::ready);
        const auto reply = asked.get();
        EXPECT_EQ(call_context(), nullptr);
        reply.context().set("later", value(&reply.context(), "user"));
        reply.succeed(7);
    });
    make();
    rig().server().register_singleton<Asked>("later", [&] { return std::make_shared<AskedLater>(on_ask); });
    const auto asked = rig().client().get_object<Asked>(rig().url_of("later"));
    {
        const CallContextScope scope(CallContext{{"user", "ada"}});
        EXPECT_EQ(asked->Ask(1), 7);
        EXPECT_EQ(current("later"), "ada");
        EXPECT_EQ(current("at once"), "yes");
    }
    answering.join();
    EXPECT_EQ(seen_at_once, "ada");
}

}  // namespace
}  // namespace contract
