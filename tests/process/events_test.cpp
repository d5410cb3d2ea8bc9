// SPDX-License-Identifier: BSL-1.0
// A hundred subscribers, each a process; some are stopped, some killed.
#include "processes.hpp"

#include "../contract/events_servant.hpp"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t events_in_a_round = 50;
constexpr std::int32_t rounds = 10;

class HundredSubscribers : public ChannelTest {
protected:
    /// What the cheapest of some rounds cost its publisher's thread. Not what the clock says: a machine with other work
    /// adds to that as it likes.
    std::chrono::nanoseconds least_cost_of_a_round()
    {
        auto least = std::chrono::nanoseconds::max();
        for (std::int32_t round = 0; round < rounds; ++round) {
            const auto start = thread_time();
            ticker->Tick(next_, events_in_a_round, 100);
            least = std::min(least, thread_time() - start);
            next_ += events_in_a_round;
        }
        return least;
    }
    static std::chrono::nanoseconds thread_time()
    {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
    Rig& wide_rig()
    {
        auto options = place().server_options();
        options.limits.unauthenticated_connections = 200;  // they all come at once
        return rig(std::move(options), place().client_options());
    }

    std::shared_ptr<contract::TickerServant> ticker = std::make_shared<contract::TickerServant>();

private:
    std::int32_t next_ = 1;
};

INSTANTIATE_TEST_SUITE_P(Contract, HundredSubscribers, channels_between_processes(), name_of);

TEST_P(HundredSubscribers, MissNothingWhenOthersAreStoppedOrKilledAndThePublisherDoesNotNotice)
{
    const auto object = wide_rig().serve<contract::LoudTicker>(ticker);
    const std::string url = rig().url_of("object1");
    std::vector<std::unique_ptr<ChildProcess>> subscribers;
    for (int i = 0; i < 100; ++i) {
        subscribers.push_back(std::make_unique<ChildProcess>(
            std::vector<std::string>{SUBSCRIBER, url, std::to_string(2 * rounds * events_in_a_round)}));
    }
    for (const auto& subscriber : subscribers) {
        subscriber->expect("subscribed");
    }
    const auto before = least_cost_of_a_round();
    for (int i = 0; i < 10; ++i) {
        subscribers[static_cast<std::size_t>(10 * i)]->stop();
        subscribers[static_cast<std::size_t>(10 * i + 1)]->kill();
    }
    const auto after = least_cost_of_a_round();
    EXPECT_LE(after, 2 * before + 1ms);
    for (std::size_t i = 0; i < subscribers.size(); ++i) {
        if (i % 10 > 1) {
            subscribers[i]->expect("complete");
        }
    }
    for (std::size_t i = 0; i < subscribers.size(); i += 10) {
        subscribers[i]->send_signal(SIGCONT);  // their queues were long enough
        subscribers[i]->expect("complete");
    }
}

}  // namespace
}  // namespace remoting::test
