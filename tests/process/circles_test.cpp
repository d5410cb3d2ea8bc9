// SPDX-License-Identifier: BSL-1.0
#include "processes.hpp"

#include "../contract/objects_servants.hpp"
#include "threads.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace remoting::test {
namespace {

class CirclesOfProcesses : public ProcessTest {
protected:
    void SetUp() override
    {
        std::vector<std::string> urls;
        for (int i = 0; i < 3; ++i) {
            processes_.push_back(
                std::make_unique<ChildProcess>(std::vector<std::string>{PLAYER, place().free_address()}));
            urls.push_back(at(processes_.back()->expect("listening"), "player"));
        }
        for (std::size_t i = 0; i < 3; ++i) {
            processes_[i]->write_line(urls[(i + 1) % 3]);
            processes_[i]->expect("ready");
        }
        url_ = urls[0];
    }
    std::shared_ptr<contract::Player> first(Client& client) { return client.get_object<contract::Player>(url_); }
    ChildProcess& process(std::size_t number) { return *processes_[number]; }

private:
    std::vector<std::unique_ptr<ChildProcess>> processes_;
    std::string url_;
};

INSTANTIATE_TEST_SUITE_P(Contract, CirclesOfProcesses, channels_between_processes(), name_of);

/// Who began; his call ends there.
class Beginner final : public contract::Player {
public:
    std::int32_t Bounce(std::int32_t, const std::shared_ptr<contract::Player>& beginner) override
    {
        is_himself = is_himself && local_object(beginner).get() == this;
        return 1;
    }
    void Tell(const std::string&) override {}

    bool is_himself = true;
};

TEST_P(CirclesOfProcesses, WithOneThreadEachPassAReferenceRoundAndCallItThroughAllOfThem)
{
    const auto player = first(client());
    auto beginner = std::make_shared<Beginner>();
    const std::weak_ptr<Beginner> alive = beginner;
    for (const int depth : {0, 1, 2, 3, 4, 5, 6, 9, 12, 20}) {
        EXPECT_EQ(player->Bounce(depth, beginner), depth + 2);
    }
    EXPECT_TRUE(beginner->is_himself);
    beginner.reset();
    EXPECT_TRUE(eventually([&] { return alive.expired(); })) << "somebody in the circle kept the reference";
}

TEST_P(CirclesOfProcesses, ServeManyChainsAtATime)
{
    run_at_once(4, [&](int) {
        Client own(place().client_options());
        const auto player = first(own);
        const auto beginner = std::make_shared<Beginner>();
        for (int depth = 0; depth < 12; ++depth) {
            ASSERT_EQ(player->Bounce(depth, beginner), depth + 2);
        }
    });
}

TEST_P(CirclesOfProcesses, FailAtOnceWhenOneOfThemDies)
{
    const auto player = first(client());
    const auto beginner = std::make_shared<Beginner>();
    ASSERT_EQ(player->Bounce(6, beginner), 8);
    process(1).kill();
    const Stopwatch watch;
    EXPECT_THROW(player->Bounce(6, beginner), RemoteException);
    EXPECT_LT(watch.elapsed(), std::chrono::seconds(2) * slack);
    EXPECT_EQ(player->Bounce(0, beginner), 2) << "the others go on";
}

}  // namespace
}  // namespace remoting::test
