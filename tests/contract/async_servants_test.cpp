// SPDX-License-Identifier: BSL-1.0
// Servants that answer later: coroutines, and handles kept for later. Their callers cannot tell.
#include "calls.remoting.async.hpp"
#include "calls_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/asio.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using contract::Control;
using contract::ControlServant;
using remoting::CallOptions;
using remoting::Concurrency;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::test::ChannelTest;
using remoting::test::every_channel;
using remoting::test::expect_error;
using remoting::test::Gate;

asio::awaitable<void> a_moment()
{
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
}

/// Suspends in everything it does.
class CoroutineServant : public contract::ControlAsync {
public:
    asio::awaitable<std::int32_t> Add(std::int32_t a, std::int32_t b) override
    {
        const int now = ++inside;
        most = std::max(most.load(), now);
        co_await a_moment();
        --inside;
        co_return a + b;
    }
    asio::awaitable<void> Do() override
    {
        entered.open();
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        try {
            co_await timer.async_wait(asio::use_awaitable);
        } catch (...) {
            cancelled.open();
            throw;
        }
    }
    asio::awaitable<void> Post() override { co_await a_moment(); }
    asio::awaitable<void> Note(std::int32_t, std::int32_t number) override
    {
        co_await a_moment();
        const std::lock_guard lock(mutex);
        noted.push_back(number);
    }
    asio::awaitable<std::int32_t> Ask(std::int32_t, std::int32_t) override
    {
        co_await a_moment();
        throw std::runtime_error("asked too much");
    }
    asio::awaitable<remoting::Bytes> Fill(std::uint32_t size) override { co_return remoting::Bytes(size); }
    asio::awaitable<std::uint32_t> Measure(remoting::Bytes data) override
    {
        co_await a_moment();
        co_return static_cast<std::uint32_t>(data.size());
    }
    asio::awaitable<Control::Swap_result> Swap(std::string a, std::string b) override
    {
        co_await a_moment();
        co_return Control::Swap_result{std::move(b), std::move(a)};
    }
    asio::awaitable<std::int32_t> Relay(std::shared_ptr<Control> next, std::int32_t number) override
    {
        co_await a_moment();
        co_return co_await next->async_Add(number, 1, asio::use_awaitable);
    }

    Gate entered;
    Gate cancelled;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    std::mutex mutex;
    std::vector<std::int32_t> noted;
};

/// Keeps what it is asked until somebody answers.
class DeferredServant : public contract::ControlDeferred {
public:
    void Add(std::int32_t a, std::int32_t b, remoting::Reply<std::int32_t> reply) override { reply.succeed(a + b); }
    void Do(remoting::Reply<void> reply) override
    {
        const std::lock_guard lock(mutex);
        kept.emplace(std::move(reply));
        entered.open();
    }
    void Post(remoting::Reply<void> reply) override { reply.succeed(); }
    void Note(std::int32_t, std::int32_t, remoting::Reply<void> reply) override { reply.succeed(); }
    void Ask(std::int32_t, std::int32_t, remoting::Reply<std::int32_t> reply) override
    {
        reply.fail(std::runtime_error("asked too much"));
    }
    void Fill(std::uint32_t, remoting::Reply<remoting::Bytes>) override {}  // lets go of it
    void Measure(remoting::Bytes data, remoting::Reply<std::uint32_t> reply) override
    {
        std::thread([reply, size = static_cast<std::uint32_t>(data.size())] { reply.succeed(size); }).detach();
    }
    void Swap(std::string a, std::string b, remoting::Reply<Control::Swap_result> reply) override
    {
        reply.succeed({std::move(b), std::move(a)});
        reply.succeed({"too", "late"});
    }
    void Relay(std::shared_ptr<Control> next, std::int32_t number, remoting::Reply<std::int32_t> reply) override
    {
        next->async_Add(number, 1, [reply](std::exception_ptr error, std::int32_t sum) {
            error != nullptr ? reply.fail(error) : reply.succeed(sum);
        });
    }

    Gate entered;
    std::mutex mutex;
    std::optional<remoting::Reply<void>> kept;
};

class AsyncServants : public ChannelTest {
protected:
    template <class Servant>
    std::shared_ptr<Control> serve(std::shared_ptr<Servant> servant, remoting::RegistrationOptions options = {})
    {
        const std::string uri = "servant" + std::to_string(++count_);
        rig().server().register_singleton<Control>(uri, [servant] { return servant; }, std::move(options));
        return rig().client().get_object<Control>(rig().url_of(uri));
    }

private:
    int count_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Contract, AsyncServants, every_channel(), remoting::test::name_of);

TEST_P(AsyncServants, CoroutinesAnswerLikePlainOnes)
{
    const auto control = serve(std::make_shared<CoroutineServant>());
    EXPECT_EQ(control->Add(2, 3), 5);
    EXPECT_EQ(control->Fill(10).size(), 10U);
    EXPECT_EQ(control->Measure(remoting::Bytes(100'000)), 100'000U);
    std::string a = "left";
    std::string b = "right";
    control->Swap(a, b);
    EXPECT_EQ(a, "right");
    EXPECT_EQ(b, "left");
    EXPECT_EQ(control->async_Add(4, 5, asio::use_future).get(), 9);
    EXPECT_THROW(control->Ask(0, 0), remoting::RemoteException);
}

TEST_P(AsyncServants, HandlesAnswerLikePlainServants)
{
    const auto control = serve(std::make_shared<DeferredServant>());
    EXPECT_EQ(control->Add(2, 3), 5);
    EXPECT_EQ(control->Measure(remoting::Bytes(100'000)), 100'000U);
    std::string a = "left";
    std::string b = "right";
    control->Swap(a, b);
    EXPECT_EQ(a, "right");
    EXPECT_THROW(control->Ask(0, 0), remoting::RemoteException);
}

TEST_P(AsyncServants, AHandleThatIsLetGoOfFailsTheCall)
{
    const auto control = serve(std::make_shared<DeferredServant>());
    EXPECT_THROW(control->Fill(1), remoting::RemoteException);
}

TEST_P(AsyncServants, AHandleIsAnsweredWhenTheServantLikes)
{
    const auto servant = std::make_shared<DeferredServant>();
    const auto control = serve(servant);
    auto answer = control->async_Do(asio::use_future);
    ASSERT_TRUE(servant->entered.wait());
    EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
    servant->kept->succeed();
    answer.get();
}

TEST_P(AsyncServants, TakeOneCallAtATimeAcrossSuspensions)
{
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant);
    std::vector<std::future<std::int32_t>> sums;
    for (int i = 0; i < 30; ++i) {
        sums.push_back(control->async_Add(i, i, asio::use_future));
    }
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(sums[static_cast<std::size_t>(i)].get(), 2 * i);
    }
    EXPECT_EQ(servant->most, 1);
}

TEST_P(AsyncServants, TakeManyCallsAtATimeWhenRegisteredSo)
{
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant, {.concurrency = Concurrency::concurrent});
    std::vector<std::future<std::int32_t>> sums;
    for (int i = 0; i < 200; ++i) {
        sums.push_back(control->async_Add(i, i, asio::use_future));
    }
    for (auto& sum : sums) {
        sum.get();
    }
    EXPECT_GT(servant->most, 1);
}

TEST_P(AsyncServants, OneWayCallsRunInTheirOrder)
{
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant);
    std::vector<std::int32_t> expected;
    for (int i = 0; i < 50; ++i) {
        control->Note(0, i);
        expected.push_back(i);
    }
    control->Add(0, 0);
    const std::lock_guard lock(servant->mutex);
    EXPECT_EQ(servant->noted, expected);
}

TEST_P(AsyncServants, ACancelledCallCancelsItsCoroutine)
{
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant);
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { control->async_Do(CallOptions{.deadline = 100ms}, asio::use_future).get(); });
    EXPECT_TRUE(servant->cancelled.wait());
    EXPECT_EQ(control->Add(1, 1), 2);
}

TEST_P(AsyncServants, ALostClientCancelsItsCoroutine)
{
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant);
    auto answer = control->async_Do(asio::use_future);
    ASSERT_TRUE(servant->entered.wait());
    rig().client().close();
    EXPECT_TRUE(servant->cancelled.wait());
    EXPECT_ANY_THROW(answer.get());
}

TEST_P(AsyncServants, CallOthersAndAreCalledBackWithinTheirChain)
{
    const auto control = serve(std::make_shared<CoroutineServant>());
    const auto here = std::make_shared<ControlServant>();
    EXPECT_EQ(control->Relay(here, 41), 42);
    EXPECT_EQ(control->async_Relay(here, 1, asio::use_future).get(), 2);
    const auto deferred = serve(std::make_shared<DeferredServant>());
    EXPECT_EQ(deferred->Relay(here, 41), 42);
}

TEST_P(AsyncServants, EndWithTheServerThatServesThem)
{
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant);
    auto answer = control->async_Do(asio::use_future);
    ASSERT_TRUE(servant->entered.wait());
    rig().destroy_server();
    EXPECT_ANY_THROW(answer.get());
}

TEST_P(AsyncServants, AHandleMayOutliveItsServer)
{
    const auto servant = std::make_shared<DeferredServant>();
    const auto control = serve(servant);
    auto answer = control->async_Do(asio::use_future);
    ASSERT_TRUE(servant->entered.wait());
    rig().destroy_server();
    EXPECT_ANY_THROW(answer.get());
    servant->kept->succeed();
    servant->kept.reset();
}

TEST_P(AsyncServants, PlainOnesRunOnTheExecutorTheyAreRegisteredWith)
{
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::thread runner([&] { context.run(); });
    const auto runner_id = runner.get_id();
    auto servant = std::make_shared<ControlServant>();
    std::atomic<int> elsewhere = 0;
    servant->action = [&] { elsewhere += std::this_thread::get_id() == runner_id ? 0 : 1; };
    const auto control = serve(servant, {.executor = remoting::on_executor(context.get_executor())});
    for (int i = 0; i < 20; ++i) {
        control->Do();
    }
    EXPECT_EQ(elsewhere, 0);
    rig().destroy_server();
    work.reset();
    runner.join();
}

TEST_P(AsyncServants, CoroutinesRunOnTheExecutorTheyAreRegisteredWith)
{
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::thread runner([&] { context.run(); });
    const auto servant = std::make_shared<CoroutineServant>();
    const auto control = serve(servant, {.executor = remoting::on_executor(context.get_executor())});
    EXPECT_EQ(control->Add(1, 2), 3);
    rig().destroy_server();
    work.reset();
    runner.join();
}

}  // namespace
