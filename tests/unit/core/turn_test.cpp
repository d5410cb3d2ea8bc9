// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/turn.hpp>
#include <remoting/messaging/method_call.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

IncomingCall call_of(const CallChain& chain)
{
    IncomingCall call;
    call.chain = chain;
    return call;
}

class Waiting final : public WaitingCall {
public:
    explicit Waiting(CallChain chain, std::function<void()> work = {}, Turn* turn = nullptr)
        : call_(call_of(chain)),
          work_(std::move(work)),
          turn_(turn)
    {
    }
    const IncomingCall& call() const noexcept override { return call_; }
    std::unique_ptr<WaitingCall> run() override
    {
        if (turn_ != nullptr) {
            turn_->run_here();
        }
        if (work_) {
            work_();
        }
        return turn_ != nullptr ? turn_->leave() : nullptr;
    }

private:
    IncomingCall call_;
    std::function<void()> work_;
    Turn* turn_;
};

constexpr CallChain first{{1, 1}, 0};
constexpr CallChain second{{1, 2}, 0};
constexpr CallChain third{{2, 1}, 0};

}  // namespace

TEST(Turn, IsForOneChainAtATime)
{
    Turn turn;
    EXPECT_TRUE(turn.try_enter(call_of(first)));
    EXPECT_FALSE(turn.try_enter(call_of(second)));
    EXPECT_EQ(turn.leave(), nullptr);
    EXPECT_TRUE(turn.try_enter(call_of(second)));
}

TEST(Turn, AdmitsItsOwnChainOnTheThreadThatHasIt)
{
    Turn turn;
    EXPECT_TRUE(turn.try_enter(call_of(first)));
    EXPECT_TRUE(turn.try_enter(call_of({first.id, 2})));
    EXPECT_EQ(turn.enter_or_wait(std::make_unique<Waiting>(second)), nullptr);
    EXPECT_EQ(turn.leave(), nullptr) << "given away while the chain is still inside";
    const auto next = turn.leave();
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(next->call().chain.id, second.id);
}

TEST(Turn, IsRefusedToItsOwnChainOnAnotherThread)
{
    Turn turn;
    EXPECT_TRUE(turn.try_enter(call_of(first)));
    std::thread([&] { EXPECT_FALSE(turn.try_enter(call_of({first.id, 2}))); }).join();
}

TEST(Turn, GoesToTheOthersInTheOrderTheyCame)
{
    Turn turn;
    ASSERT_TRUE(turn.try_enter(call_of(first)));
    EXPECT_EQ(turn.enter_or_wait(std::make_unique<Waiting>(second)), nullptr);
    EXPECT_EQ(turn.enter_or_wait(std::make_unique<Waiting>(third)), nullptr);
    const auto next = turn.leave();
    ASSERT_NE(next, nullptr);
    EXPECT_EQ(next->call().chain.id, second.id);
    EXPECT_FALSE(turn.try_enter(call_of(first))) << "it is the next one's already";
    EXPECT_FALSE(turn.try_enter(call_of({second.id, 2}))) << "nobody runs the next one yet";
    turn.run_here();
    EXPECT_TRUE(turn.try_enter(call_of({second.id, 2})));
    EXPECT_EQ(turn.leave(), nullptr);
    const auto last = turn.leave();
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->call().chain.id, third.id);
    EXPECT_EQ(turn.leave(), nullptr);
}

TEST(Turn, IsHandedBackWhenItBecameFreeMeanwhile)
{
    Turn turn;
    auto call = std::make_unique<Waiting>(first);
    const auto* const address = call.get();
    const auto back = turn.enter_or_wait(std::move(call));
    EXPECT_EQ(back.get(), address);
    EXPECT_FALSE(turn.try_enter(call_of(second)));
}

TEST(Turn, ThatRefusesReentranceAdmitsNobodyWhileItsCallIsInside)
{
    Turn turn(Reentrance::refused);
    ASSERT_TRUE(turn.try_enter(call_of(first)));
    EXPECT_FALSE(turn.try_enter(call_of({first.id, 2})));
    turn.leave_thread();
    EXPECT_FALSE(turn.try_enter(call_of({first.id, 2})));
    EXPECT_EQ(turn.enter_or_wait(std::make_unique<Waiting>(CallChain{first.id, 2})), nullptr);
    EXPECT_NE(turn.leave(), nullptr);
}

TEST(Turn, TellsWhetherItsCallLedToAnother)
{
    Turn turn;
    EXPECT_FALSE(turn.leads_to({first.id, 2})) << "nobody is inside";
    ASSERT_TRUE(turn.try_enter(call_of({first.id, 1})));
    EXPECT_TRUE(turn.leads_to({first.id, 2}));
    EXPECT_FALSE(turn.leads_to({first.id, 1})) << "made by the same call as the one inside";
    EXPECT_FALSE(turn.leads_to({second.id, 2}));
    ASSERT_TRUE(turn.try_enter(call_of({first.id, 5})));
    EXPECT_TRUE(turn.leads_to({first.id, 2})) << "the outermost one counts";
}

TEST(Turn, LetsManyThreadsInOneByOneAndLosesNone)
{
    Turn turn;
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    int done = 0;  // guarded by the turn
    constexpr int threads = 4;
    constexpr int calls = 2000;
    const auto work = [&] {
        most = std::max(most.load(), ++inside);
        ++done;
        --inside;
    };
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
        pool.emplace_back([&, t] {
            for (int i = 0; i < calls; ++i) {
                const CallChain chain{{static_cast<std::uint64_t>(t), static_cast<std::uint64_t>(i)}, 0};
                auto next = turn.enter_or_wait(std::make_unique<Waiting>(chain, work, &turn));
                while (next != nullptr) {
                    next = next->run();
                }
            }
        });
    }
    for (std::thread& thread : pool) {
        thread.join();
    }
    EXPECT_EQ(most, 1);
    EXPECT_TRUE(turn.try_enter(call_of(first))) << "somebody kept the turn";
    EXPECT_EQ(done, threads * calls);
}

TEST(CallChain, OfAFirstCallIsMadeOfTokenAndCallIdAndTellsItAgain)
{
    const Id128 token{77, ~std::uint64_t{0} - 1};
    for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 40U}) {
        EXPECT_EQ(CallChain::root_call(token, CallChain::root(token, id)), id);
    }
    EXPECT_NE(CallChain::root(token, 1), CallChain::root(token, 2));
}

}  // namespace remoting::test
