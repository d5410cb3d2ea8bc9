// SPDX-License-Identifier: BSL-1.0
// Streams with completion tokens and coroutines, mixed with those that wait: the other end cannot tell.
#include "streams.remoting.async.hpp"
#include "streams_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace contract {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::make_stream;
using remoting::Stream;
using remoting::StreamWriter;
using remoting::test::every_channel;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::name_of;
using remoting::test::thrown;

/// Reads and writes streams in coroutines.
class CoroutineStreams final : public StreamsAsync {
public:
    Gate cancelled;

    asio::awaitable<Numbers> Count(std::int32_t first, std::int32_t last) override
    {
        const auto executor = co_await asio::this_coro::executor;
        co_return make_stream<std::int32_t>(executor, [first, last](NumberWriter& out) -> asio::awaitable<void> {
            for (std::int32_t i = first; i <= last; ++i) {
                co_await out.async_write(i, asio::use_awaitable);
            }
        });
    }
    asio::awaitable<Stream<remoting::Bytes>> Fill(std::uint32_t size, std::int32_t times) override
    {
        co_return filling(size, times);
    }
    asio::awaitable<Numbers> Follow() override
    {
        const auto executor = co_await asio::this_coro::executor;
        co_return make_stream<std::int32_t>(executor, [this](NumberWriter& out) -> asio::awaitable<void> {
            try {
                for (std::int32_t i = 0;; ++i) {
                    co_await out.async_write(i, asio::use_awaitable);
                }
            } catch (...) {
                cancelled.open();
                throw;
            }
        });
    }
    asio::awaitable<Stream<std::shared_ptr<Node>>> Nodes(std::int32_t) override
    {
        co_return Stream<std::shared_ptr<Node>>();
    }
    asio::awaitable<Stream<std::optional<Outer>>> Holes(std::int32_t) override
    {
        co_return Stream<std::optional<Outer>>();
    }
    asio::awaitable<std::int64_t> Sum(Numbers numbers) override
    {
        std::int64_t total = 0;
        while (const auto number = co_await numbers.async_next(asio::use_awaitable)) {
            total += *number;
        }
        co_return total;
    }
    asio::awaitable<std::uint64_t> Measure(Stream<remoting::Bytes> data) override
    {
        std::uint64_t total = 0;
        while (const auto piece = co_await data.async_next(asio::use_awaitable)) {
            total += piece->size();
        }
        co_return total;
    }
    asio::awaitable<Numbers> Double(Numbers numbers) override
    {
        auto source = std::make_shared<Numbers>(std::move(numbers));
        const auto executor = co_await asio::this_coro::executor;
        co_return make_stream<std::int32_t>(executor, [source](NumberWriter& out) -> asio::awaitable<void> {
            while (const auto number = co_await source->async_next(asio::use_awaitable)) {
                co_await out.async_write(2 * *number, asio::use_awaitable);
            }
        });
    }
    asio::awaitable<Streams::Compare_result> Compare(Stream<std::string>, Stream<std::string>) override
    {
        co_return Streams::Compare_result{};
    }
};

class AsyncStreams : public remoting::test::ChannelTest {
protected:
    template <class Servant>
    std::shared_ptr<Streams> serve(std::shared_ptr<Servant> servant)
    {
        rig().server().register_singleton<Streams>("streams", [servant] { return servant; });
        return rig().client().get_object<Streams>(rig().url_of("streams"));
    }
    std::shared_ptr<Streams> serve() { return serve(std::make_shared<CoroutineStreams>()); }

    template <class F>
    void run_coroutine(F coroutine)
    {
        std::exception_ptr failure;
        asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr error) { failure = error; });
        context.run();
        if (failure != nullptr) {
            std::rethrow_exception(failure);
        }
    }

    /// Outlives what posts its handlers.
    asio::io_context context;
};

INSTANTIATE_TEST_SUITE_P(Contract, AsyncStreams, every_channel(), name_of);

TEST_P(AsyncStreams, CoroutineServantsGiveAndTakeStreams)
{
    const auto object = serve();
    std::int64_t total = 0;
    for (const std::int32_t number : object->Count(1, 20'000)) {
        total += number;
    }
    EXPECT_EQ(total, 200'010'000);
    EXPECT_EQ(object->Sum(counting(1, 20'000)), 200'010'000);
    EXPECT_EQ(object->Measure(object->Fill(100'000, 30)), 3'000'000U);
}

TEST_P(AsyncStreams, CoroutinesOfClientsReadAndWrite)
{
    const auto object = serve(std::make_shared<StreamsServant>());
    run_coroutine([&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto numbers = make_stream<std::int32_t>(executor, [](NumberWriter& out) -> asio::awaitable<void> {
            for (std::int32_t i = 0; i < 5'000; ++i) {
                co_await out.async_write(i, asio::use_awaitable);
            }
        });
        auto stream = co_await object->async_Double(std::move(numbers), asio::use_awaitable);
        std::int32_t expected = 0;
        while (const auto number = co_await stream.async_next(asio::use_awaitable)) {
            EXPECT_EQ(*number, expected);
            expected += 2;
        }
        EXPECT_EQ(expected, 10'000);
    });
}

TEST_P(AsyncStreams, CoroutinesAtBothEndsAndInBothDirections)
{
    const auto object = serve();
    run_coroutine([&]() -> asio::awaitable<void> {
        auto numbers = counting(1, 5'000);
        auto doubled = co_await object->async_Double(std::move(numbers), asio::use_awaitable);
        const auto total = co_await object->async_Sum(std::move(doubled), asio::use_awaitable);
        EXPECT_EQ(total, 25'005'000);
    });
}

TEST_P(AsyncStreams, CallbacksAndFuturesReadToo)
{
    const auto object = serve(std::make_shared<StreamsServant>());
    auto stream = object->async_Count(1, 2, asio::use_future).get();
    EXPECT_EQ(stream.async_next(asio::use_future).get(), 1);
    Gate told;
    std::optional<std::int32_t> second;
    stream.async_next([&](std::exception_ptr error, std::optional<std::int32_t> value) {
        EXPECT_EQ(error, nullptr);
        second = value;
        told.open();
    });
    ASSERT_TRUE(told.wait());
    EXPECT_EQ(second, 2);
    EXPECT_EQ(stream.async_next(asio::use_future).get(), std::nullopt);
}

TEST_P(AsyncStreams, DroppingTheConsumerCancelsTheCoroutine)
{
    const auto servant = std::make_shared<CoroutineStreams>();
    const auto object = serve(servant);
    {
        auto stream = object->Follow();
        EXPECT_EQ(stream.next(), 0);
    }
    EXPECT_TRUE(servant->cancelled.wait());
}

TEST_P(AsyncStreams, AWaitIsCancelledByItsSlotAndTheStreamGoesOn)
{
    auto servant = std::make_shared<StreamsServant>();
    auto ends = make_stream<std::int32_t>();
    servant->follow = [&] { return std::move(ends.stream); };
    const auto object = serve(servant);
    auto stream = object->Follow();
    asio::cancellation_signal signal;
    auto waited =
        stream.async_next(asio::bind_executor(context, asio::bind_cancellation_slot(signal.slot(), asio::use_future)));
    asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
    context.run();
    expect_error(ErrorCode::cancelled, Executed::no, [&] { waited.get(); });
    ends.writer.write(3);
    EXPECT_EQ(stream.next(), 3);
}

TEST_P(AsyncStreams, TheIdleTimeoutEndsAWait)
{
    auto servant = std::make_shared<StreamsServant>();
    auto ends = make_stream<std::int32_t>();
    servant->follow = [&] { return std::move(ends.stream); };
    const auto object = serve(servant);
    auto stream = object->Follow().with_idle_timeout(20ms);
    expect_error(ErrorCode::deadline_exceeded, Executed::yes, [&] { stream.async_next(asio::use_future).get(); });
}

TEST_P(AsyncStreams, TwoReadersAtOnceAreRefused)
{
    auto ends = make_stream<std::int32_t>();
    auto first = ends.stream.async_next(asio::use_future);
    auto second = ends.stream.async_next(asio::use_future);
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { second.get(); });
    ends.writer.write(1);
    EXPECT_EQ(first.get(), 1);
}

}  // namespace
}  // namespace contract
