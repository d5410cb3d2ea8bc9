// SPDX-License-Identifier: BSL-1.0
// A hundred subscribers, each a process; some are stopped, some killed.
#include "processes.hpp"

#include "../contract/events_servant.hpp"
#include "waiting.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace remoting::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t events_in_a_round = 50;
constexpr std::int32_t rounds = 10;

class HundredSubscribers : public ChannelTest {
protected:
    /// The least time that a round took its publisher: what else the machine does only adds to it.
    std::chrono::nanoseconds least_time_of_a_round()
    {
        auto least = std::chrono::nanoseconds::max();
        for (std::int32_t round = 0; round < rounds; ++round) {
            const Stopwatch watch;
            ticker->Tick(next_, events_in_a_round, 100);
            least = std::min(least, watch.elapsed());
            next_ += events_in_a_round;
        }
        return least;
    }

    std::shared_ptr<contract::TickerServant> ticker = std::make_shared<contract::TickerServant>();

private:
    std::int32_t next_ = 1;
};

INSTANTIATE_TEST_SUITE_P(Contract, HundredSubscribers, channels_between_processes(), name_of);

TEST_P(HundredSubscribers, MissNothingWhenOthersAreStoppedOrKilledAndThePublisherDoesNotNotice)
{
    const auto object = rig().serve<contract::LoudTicker>(ticker);
    const std::string url = rig().url_of("object1");
    std::vector<std::unique_ptr<ChildProcess>> subscribers;
    for (int i = 0; i < 100; ++i) {
        subscribers.push_back(std::make_unique<ChildProcess>(
            std::vector<std::string>{SUBSCRIBER, url, std::to_string(2 * rounds * events_in_a_round)}));
    }
    for (const auto& subscriber : subscribers) {
        subscriber->expect("subscribed");
    }
    const auto before = least_time_of_a_round();
    for (int i = 0; i < 10; ++i) {
        subscribers[static_cast<std::size_t>(10 * i)]->stop();
        subscribers[static_cast<std::size_t>(10 * i + 1)]->kill();
    }
    const auto after = least_time_of_a_round();
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
