// SPDX-License-Identifier: BSL-1.0
// Calls that no thread waits for: with any completion token, over every channel and on local instances.
#include "calls.remoting.async.hpp"
#include "calls_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/messaging/current_call.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using contract::Control;
using contract::ControlServant;
using remoting::CallOptions;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::test::ChannelTest;
using remoting::test::every_channel;
using remoting::test::every_way;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::Tally;
using remoting::test::Way;
using remoting::test::WayTest;

class AsyncCalls : public WayTest {};
INSTANTIATE_TEST_SUITE_P(Contract, AsyncCalls, every_way(), remoting::test::name_of);

class AsyncRemoteCalls : public ChannelTest {
protected:
    void TearDown() override
    {
        gate_->open();
        ChannelTest::TearDown();
    }

    /// A servant whose Do() says that it is there and waits for the gate.
    std::shared_ptr<ControlServant> waiting_servant()
    {
        auto servant = std::make_shared<ControlServant>();
        servant->action = [entered = entered_, gate = gate_] {
            entered->open();
            EXPECT_TRUE(gate->wait());
        };
        return servant;
    }

    const std::shared_ptr<Gate> entered_ = std::make_shared<Gate>();
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};
INSTANTIATE_TEST_SUITE_P(Contract, AsyncRemoteCalls, every_channel(), remoting::test::name_of);

TEST_P(AsyncCalls, CompleteAFuture)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    EXPECT_EQ(control->async_Add(2, 3, asio::use_future).get(), 5);
    control->async_Do(asio::use_future).get();
}

TEST_P(AsyncCalls, CompleteACallback)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    std::promise<int> promise;
    control->async_Add(2, 3, [&](std::exception_ptr error, int sum) {
        EXPECT_EQ(error, nullptr);
        promise.set_value(sum);
    });
    EXPECT_EQ(promise.get_future().get(), 5);
}

TEST_P(AsyncCalls, ResumeACoroutineOnItsOwnExecutor)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    asio::io_context context;
    int sum = 0;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            const auto before = std::this_thread::get_id();
            sum = co_await control->async_Add(2, 3, asio::use_awaitable);
            EXPECT_EQ(std::this_thread::get_id(), before);
        },
        asio::detached);
    context.run();
    EXPECT_EQ(sum, 5);
}

TEST_P(AsyncCalls, GiveOutAndInoutValuesInAStruct)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    const Control::Swap_result swapped = control->async_Swap("left", "right", asio::use_future).get();
    EXPECT_EQ(swapped.a, "right");
    EXPECT_EQ(swapped.b, "left");
}

TEST_P(AsyncCalls, ThrowWhatTheSynchronousCallWould)
{
    auto servant = std::make_shared<ControlServant>();
    servant->action = [] { throw std::runtime_error("broken"); };
    const auto control = serve<Control>(servant);
    EXPECT_THROW(control->async_Do(asio::use_future).get(), std::runtime_error);
}

TEST_P(AsyncCalls, CanBeDeferredAndStartedLater)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    auto later = control->async_Add(20, 22, asio::deferred);
    EXPECT_EQ(std::move(later)(asio::use_future).get(), 42);
}

TEST_P(AsyncCalls, CompleteWithATupleOrAResult)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    asio::io_context context;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            const auto [error, sum] = co_await control->async_Add(1, 2, asio::as_tuple(asio::use_awaitable));
            EXPECT_EQ(error, nullptr);
            EXPECT_EQ(sum, 3);
            remoting::Result<std::int32_t> result =
                co_await control->async_Add(3, 4, remoting::as_result(asio::use_awaitable));
            EXPECT_TRUE(result);
            EXPECT_EQ(result.value(), 7);
        },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
    context.run();
}

TEST_P(AsyncCalls, RunTheirHandlerOnItsExecutorAndNeverInsideTheCall)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    asio::thread_pool pool(1);
    const auto strand = asio::make_strand(pool);
    std::promise<bool> on_strand;
    std::atomic<bool> has_returned = false;
    asio::post(strand, [&] {
        control->async_Add(1, 1, asio::bind_executor(strand, [&](std::exception_ptr, int) {
                               on_strand.set_value(strand.running_in_this_thread() && has_returned);
                           }));
        has_returned = true;
    });
    EXPECT_TRUE(on_strand.get_future().get());
    pool.join();
}

TEST_P(AsyncCalls, MayBeManyAtOnce)
{
    const auto control = serve<Control>(std::make_shared<ControlServant>());
    std::vector<std::future<std::int32_t>> sums;
    for (int i = 0; i < 3000; ++i) {  // more than a connection has places
        sums.push_back(control->async_Add(i, 1, asio::use_future));
    }
    for (int i = 0; i < 3000; ++i) {
        ASSERT_EQ(sums[static_cast<std::size_t>(i)].get(), i + 1);
    }
}

TEST_P(AsyncRemoteCalls, ArriveInTheOrderInWhichTheyWereMade)
{
    const auto servant = std::make_shared<ControlServant>();
    const auto control = rig().serve<Control>(servant);
    std::vector<std::future<std::int32_t>> answers;
    for (int i = 0; i < 2000; ++i) {
        if (i % 3 == 0) {
            control->Note(0, i);
        } else if (i % 100 == 1) {
            control->Ask(0, i);
        } else {
            answers.push_back(control->async_Ask(0, i, asio::use_future));
        }
    }
    for (auto& answer : answers) {
        answer.get();
    }
    control->Add(0, 0);
    const auto noted = servant->noted(0);
    ASSERT_EQ(noted.size(), 2000U);
    EXPECT_TRUE(std::is_sorted(noted.begin(), noted.end()));
}

TEST_P(AsyncRemoteCalls, EndAtTheirDeadline)
{
    const auto control = rig().serve<Control>(waiting_servant());
    auto answer = control->async_Do(CallOptions{.deadline = 50ms}, asio::use_future);
    const auto error = expect_error(ErrorCode::deadline_exceeded, Executed::maybe, [&] { answer.get(); });
    EXPECT_TRUE(remoting::test::contains(error.method(), "contract.Control.Do")) << error.what();
    gate_->open();
    EXPECT_EQ(control->Add(1, 1), 2);
}

TEST_P(AsyncRemoteCalls, EndAtOnceWhenNobodyListens)
{
    const std::string url = rig().url_of("anything");
    rig().destroy_server();
    const auto control = rig().client().get_object<Control>(url);
    expect_error(ErrorCode::connect_failed, Executed::no, [&] { control->async_Add(1, 1, asio::use_future).get(); });
}

TEST_P(AsyncRemoteCalls, NameTheObjectThatIsNotThere)
{
    const auto control = rig().client().get_object<Control>(rig().url_of("nothing"));
    const auto error = expect_error(ErrorCode::object_not_found, Executed::no,
                                    [&] { control->async_Add(1, 1, asio::use_future).get(); });
    EXPECT_EQ(error.object(), "nothing");
}

TEST_P(AsyncRemoteCalls, AreCancelledThroughTheirSlot)
{
    const auto control = rig().serve<Control>(waiting_servant());
    control->Add(0, 0);
    asio::thread_pool pool(1);
    asio::cancellation_signal signal;
    std::promise<std::exception_ptr> ended;
    control->async_Do(asio::bind_executor(
        pool, asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) { ended.set_value(error); })));
    ASSERT_TRUE(entered_->wait());
    asio::post(pool, [&] { signal.emit(asio::cancellation_type::terminal); });
    expect_error(ErrorCode::cancelled, Executed::maybe,
                 [&] { std::rethrow_exception(ended.get_future().get()); });
    pool.join();
}

TEST_P(AsyncRemoteCalls, TellThePlainServantThatNobodyWaits)
{
    auto servant = std::make_shared<ControlServant>();
    const auto stopped = std::make_shared<Gate>();
    servant->action = [entered = entered_, stopped] {
        const std::stop_token token = remoting::current_call()->stop_token();
        const std::stop_callback on_stop(token, [&] { stopped->open(); });
        entered->open();
        EXPECT_TRUE(stopped->wait());
    };
    const auto control = rig().serve<Control>(servant);
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { control->async_Do(CallOptions{.deadline = 100ms}, asio::use_future).get(); });
    EXPECT_TRUE(stopped->wait());
}

TEST_P(AsyncRemoteCalls, ASynchronousCallersDeadlineReachesTheServantToo)
{
    auto servant = std::make_shared<ControlServant>();
    const auto stopped = std::make_shared<Gate>();
    servant->action = [stopped] {
        const std::stop_callback on_stop(remoting::current_call()->stop_token(), [&] { stopped->open(); });
        EXPECT_TRUE(stopped->wait());
    };
    const auto control = rig().serve<Control>(servant);
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { remoting::with_deadline(control, 100ms)->Do(); });
    EXPECT_TRUE(stopped->wait());
}

TEST_P(AsyncRemoteCalls, FanOutAndTheFirstAnswerWins)
{
    using namespace asio::experimental::awaitable_operators;
    const auto slow = rig().serve<Control>(waiting_servant());
    const auto quick = rig().serve<Control>(std::make_shared<ControlServant>());
    asio::io_context context;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            const auto answer =
                co_await (slow->async_Do(asio::use_awaitable) || quick->async_Add(1, 2, asio::use_awaitable));
            EXPECT_EQ(answer.index(), 1U);
        },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
    context.run();
}

TEST_P(AsyncRemoteCalls, EndWhenTheServerGoes)
{
    const auto control = rig().serve<Control>(waiting_servant());
    auto answer = control->async_Do(asio::use_future);
    ASSERT_TRUE(entered_->wait());
    std::thread stopper([&] { rig().server().stop(0ms); });
    const auto error = remoting::test::thrown<RemotingError>([&] { answer.get(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->executed(), Executed::maybe);
    gate_->open();
    stopper.join();
}

TEST_P(AsyncRemoteCalls, EndWhenTheirClientIsClosed)
{
    const auto control = rig().serve<Control>(waiting_servant());
    auto answer = control->async_Do(asio::use_future);
    ASSERT_TRUE(entered_->wait());
    rig().client().close();
    const auto error = remoting::test::thrown<RemotingError>([&] { answer.get(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->executed(), Executed::maybe);
    gate_->open();
}

TEST_P(AsyncRemoteCalls, OneWayOnesCompleteWhenTheyHaveLeft)
{
    const auto servant = std::make_shared<ControlServant>();
    const auto control = rig().serve<Control>(servant);
    for (int i = 0; i < 100; ++i) {
        control->async_Note(1, i, asio::use_future).get();
    }
    control->Add(0, 0);
    EXPECT_EQ(servant->noted(1).size(), 100U);
}

TEST_P(AsyncRemoteCalls, MixWithThreadsThatWait)
{
    const auto control = rig().serve<Control>(std::make_shared<ControlServant>(),
                                              {.concurrency = remoting::Concurrency::concurrent});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 300; ++i) {
                if (t % 2 == 0) {
                    ASSERT_EQ(control->Add(i, t), i + t);
                } else {
                    ASSERT_EQ(control->async_Add(i, t, asio::use_future).get(), i + t);
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
}

}  // namespace
