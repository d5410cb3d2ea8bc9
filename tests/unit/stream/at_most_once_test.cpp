// SPDX-License-Identifier: BSL-1.0
// Many numbered calls over connections that chop, stall and break at random: none is executed twice, and `executed` tells the truth.
#include "stream_fixture.hpp"

#include "probe.remoting.async.hpp"

#include <remoting/errors/exceptions.hpp>

#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace remoting::test {

namespace {

constexpr int calls_in_all = 100'000;
constexpr int threads = 4;

/// One seed for a run; the same one again with REMOTING_SEED.
std::uint64_t seed_of_run()
{
    const char* const wanted = std::getenv("REMOTING_SEED");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
}

/// Moves part of what it could, or nothing, or breaks, as a generator says. What was written before it broke arrives late or,
/// the last of it, never.
class UnreliableStream final : public ByteStream {
public:
    UnreliableStream(std::unique_ptr<ByteStream> stream, std::uint64_t seed, std::atomic<int>& breaks)
        : stream_(std::move(stream)), reads_(seed), writes_(seed + 1), breaks_(breaks)
    {
    }

    IoResult read_some(std::span<std::byte> buffer) override
    {
        return spoil(reads_, [&](bool chops) { return stream_->read_some(chops ? buffer.first(1) : buffer); });
    }
    IoResult read_some_wait(std::span<std::byte> buffer) override
    {
        return spoil(reads_, [&](bool chops) { return stream_->read_some_wait(chops ? buffer.first(1) : buffer); });
    }
    IoResult write_some(std::span<const std::span<const std::byte>> buffers) override
    {
        if (!is_broken_ && writes_() % 4000 == 0) {
            std::size_t lost = 0;
            for (const auto& buffer : buffers) {
                lost += buffer.size();
            }
            breaks_ += is_broken_.exchange(true) ? 0 : 1;
            stream_->shutdown();
            return {.status = IoResult::Status::done, .bytes = lost};
        }
        return spoil(writes_, [&](bool chops) {
            const std::array<std::span<const std::byte>, 1> part{buffers.front().first((buffers.front().size() + 1) / 2)};
            return chops ? stream_->write_some(part) : stream_->write_some(buffers);
        });
    }
    int descriptor() const noexcept override { return stream_->descriptor(); }
    void shutdown() noexcept override { stream_->shutdown(); }
    const PeerIdentity& peer() const noexcept override { return stream_->peer(); }

private:
    template <class Move>
    IoResult spoil(std::mt19937_64& random, Move move)
    {
        const auto what = random() % 2000;
        if (is_broken_ || what == 0) {
            breaks_ += is_broken_.exchange(true) ? 0 : 1;
            stream_->shutdown();
            return {.status = IoResult::Status::failed, .error = ECONNRESET};
        }
        if (what < 20) {
            return {.status = IoResult::Status::would_block};
        }
        return move(what < 200);
    }

    const std::unique_ptr<ByteStream> stream_;
    std::mt19937_64 reads_;
    std::mt19937_64 writes_;
    std::atomic<bool> is_broken_{false};
    std::atomic<int>& breaks_;
};

enum class End : std::uint8_t { none, answered, no, maybe, yes };

class AtMostOnce : public StreamFixture {
protected:
    AtMostOnce()
    {
        const auto count = [this](std::int32_t value) {
            executions_.at(static_cast<std::size_t>(value)).fetch_add(1);
            return value;
        };
        servant->on_run = count;
        servant->on_post = count;
        channel->wrap_client = [this](auto stream) {
            return std::make_unique<UnreliableStream>(std::move(stream), seed_ + 2 * ++streams_, breaks_);
        };
        channel->wrap_server = channel->wrap_client;
        server_options.threads = 2;
        server_options.log = Log();
    }

    /// The calls of one thread, by turns: one that waits, one that is started, a one-way call, one that may be repeated.
    void make_calls(probe::Probe& object, int first)
    {
        std::deque<std::pair<int, std::future<std::int32_t>>> started;
        for (int number = first; number < calls_in_all; number += threads) {
            switch (number / threads % 4) {
                case 0:
                    note(number, End::answered, [&] { EXPECT_EQ(object.Run(number), number); });
                    break;
                case 1:
                    started.emplace_back(number, object.async_Run(number, boost::asio::use_future));
                    break;
                case 2:
                    note(number, End::maybe, [&] { object.Post(number); });
                    break;
                default:
                    started.emplace_back(number, object.async_Run({.idempotent = true}, number, boost::asio::use_future));
            }
            while (started.size() > 20 || (number + threads >= calls_in_all && !started.empty())) {
                auto earlier = std::move(started.front());
                started.pop_front();
                note(earlier.first, End::answered, [&] { EXPECT_EQ(earlier.second.get(), earlier.first); });
            }
        }
    }
    static bool may_repeat(std::size_t number) { return number / threads % 4 == 3; }
    template <class Call>
    void note(int number, End good, Call call)
    {
        End& end = ends_.at(static_cast<std::size_t>(number));
        ASSERT_EQ(end, End::none) << "ended twice";
        try {
            call();
            end = good;
        } catch (const RemotingError& error) {
            end = error.executed() == Executed::no      ? End::no
                  : error.executed() == Executed::maybe ? End::maybe
                                                        : End::yes;
        }
    }

    const std::uint64_t seed_ = seed_of_run();
    std::atomic<std::uint64_t> streams_{0};
    std::atomic<int> breaks_{0};
    std::vector<std::atomic<int>> executions_ = std::vector<std::atomic<int>>(calls_in_all);
    std::vector<End> ends_ = std::vector<End>(calls_in_all, End::none);
};

}  // namespace

TEST_F(AtMostOnce, IsEachNumberedCallExecutedAndExecutedTellsTheTruth)
{
    SCOPED_TRACE("REMOTING_SEED=" + std::to_string(seed_));
    start();
    {
        ClientOptions options = client_options();
        options.retry.first_pause = std::chrono::milliseconds(1);
        options.retry.budget_per_call = 1;
        Client client(std::move(options));
        std::vector<std::thread> callers;
        for (int i = 0; i < threads; ++i) {
            callers.emplace_back([&, i] {
                const auto object = client.get_object<probe::Probe>("test://server/probe");
                make_calls(*object, i);
            });
        }
        for (std::thread& caller : callers) {
            caller.join();
        }
    }
    server->stop();
    std::array<int, 5> seen{};
    int repeated = 0;
    for (std::size_t number = 0; number < ends_.size() && !HasFailure(); ++number) {
        const int executions = executions_[number];
        ++seen.at(static_cast<std::size_t>(ends_[number]));
        EXPECT_TRUE(executions <= 1 || may_repeat(number)) << "call " << number << " ran " << executions << " times";
        repeated += executions > 1 ? 1 : 0;
        switch (ends_[number]) {
            case End::none:
                ADD_FAILURE() << "call " << number << " has no end";
                break;
            case End::answered:
            case End::yes:
                EXPECT_GE(executions, 1) << "call " << number;
                break;
            case End::no:
                EXPECT_EQ(executions, 0) << "call " << number;
                break;
            case End::maybe:
                break;
        }
    }
    EXPECT_GT(breaks_, 20);
    EXPECT_GT(repeated, 0) << "no call was sent again";
    EXPECT_GT(seen.at(static_cast<std::size_t>(End::answered)), calls_in_all / 2);
    RecordProperty("breaks", breaks_.load());
}

}  // namespace remoting::test
