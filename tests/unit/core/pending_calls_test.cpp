// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/pending_calls.hpp>

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

namespace remoting::test {

using Answer = PendingCalls::Answer;

TEST(PendingCalls, GiveIdsThatRise)
{
    PendingCalls calls;
    std::vector<PendingCall> pending(100);
    std::uint64_t last = 0;
    for (PendingCall& call : pending) {
        calls.open(call);
        EXPECT_GT(call.id, last);
        last = call.id;
    }
    EXPECT_EQ(calls.last_id(), last);
    EXPECT_GT(calls.next_id(), last);
    EXPECT_EQ(calls.size(), 100U);
}

TEST(PendingCalls, FindACallUntilItsAnswer)
{
    PendingCalls calls;
    PendingCall call;
    calls.open(call);
    EXPECT_EQ(calls.find(call.id), &call);
    PendingCall* answered = nullptr;
    EXPECT_EQ(calls.close(call.id, answered), Answer::found);
    EXPECT_EQ(answered, &call);
    EXPECT_EQ(calls.find(call.id), nullptr);
    EXPECT_EQ(calls.close(call.id, answered), Answer::unknown);
    EXPECT_EQ(calls.size(), 0U);
}

TEST(PendingCalls, DoNotKnowCallsThatWereNeverMade)
{
    PendingCalls calls;
    PendingCall* answered = nullptr;
    for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{16}, ~std::uint64_t{0}}) {
        EXPECT_EQ(calls.close(id, answered), Answer::unknown) << id;
        EXPECT_EQ(calls.find(id), nullptr) << id;
        calls.abandon(id);
    }
    EXPECT_EQ(calls.size(), 0U);
}

TEST(PendingCalls, KeepTheSlotOfAnAbandonedCallUntilItsAnswer)
{
    PendingCalls calls;
    PendingCall gone;
    calls.open(gone);
    calls.abandon(gone.id);
    EXPECT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls.find(gone.id), nullptr);
    std::vector<PendingCall> others(7);
    for (int round = 0; round < 100; ++round) {
        for (PendingCall& other : others) {
            calls.open(other);
            EXPECT_NE(other.id % 16, gone.id % 16) << "the slot was used again before the answer";
        }
        for (PendingCall& other : others) {
            PendingCall* answered = nullptr;
            EXPECT_EQ(calls.close(other.id, answered), Answer::found);
        }
    }
    PendingCall* answered = nullptr;
    EXPECT_EQ(calls.close(gone.id, answered), Answer::abandoned);
    EXPECT_EQ(calls.size(), 0U);
}

TEST(PendingCalls, GrowWithoutLosingAny)
{
    PendingCalls calls;
    std::vector<PendingCall> pending(5000);
    for (PendingCall& call : pending) {
        calls.open(call);
    }
    for (PendingCall& call : pending) {
        EXPECT_EQ(calls.find(call.id), &call);
    }
}

TEST(PendingCalls, EndThoseAboveAnIdThatWantToEnd)
{
    PendingCalls calls;
    std::vector<PendingCall> pending(10);
    for (PendingCall& call : pending) {
        calls.open(call);
    }
    calls.abandon(pending[8].id);
    std::set<std::uint64_t> asked;
    calls.end_above(pending[4].id, [&](PendingCall& call) {
        asked.insert(call.id);
        return &call != &pending[9];
    });
    EXPECT_EQ(asked, (std::set<std::uint64_t>{pending[5].id, pending[6].id, pending[7].id, pending[9].id}));
    EXPECT_EQ(calls.size(), 6U);
    EXPECT_EQ(calls.find(pending[4].id), &pending[4]);
    EXPECT_EQ(calls.find(pending[5].id), nullptr);
    EXPECT_EQ(calls.find(pending[9].id), &pending[9]);
}

TEST(PendingCalls, EndAllButTheAbandonedOnce)
{
    PendingCalls calls;
    std::vector<PendingCall> pending(20);
    for (PendingCall& call : pending) {
        calls.open(call);
    }
    calls.abandon(pending[3].id);
    std::multiset<std::uint64_t> ended;
    calls.end_all([&](PendingCall& call) { ended.insert(call.id); });
    EXPECT_EQ(ended.size(), 19U);
    EXPECT_EQ(ended.count(pending[3].id), 0U);
    EXPECT_EQ(calls.size(), 0U);
}

TEST(PendingCalls, BehaveLikeAMapInAHundredThousandRandomOperations)
{
    std::mt19937 random(42);
    PendingCalls calls;
    std::map<std::uint64_t, std::unique_ptr<PendingCall>> model;  // null: abandoned
    std::uint64_t last = 0;
    const auto any = [&] { return std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size())); };
    for (int i = 0; i < 100'000; ++i) {
        const auto choice = random() % 100;
        PendingCall* answered = nullptr;
        if (model.empty() || choice < (model.size() < 300 ? 50 : 30)) {
            auto call = std::make_unique<PendingCall>();
            calls.open(*call);
            ASSERT_GT(call->id, last);
            last = call->id;
            model.emplace(last, std::move(call));
        } else if (choice < 85) {
            const auto entry = any();
            const auto answer = calls.close(entry->first, answered);
            ASSERT_EQ(answer, entry->second ? Answer::found : Answer::abandoned);
            ASSERT_EQ(answered, entry->second.get());
            model.erase(entry);
        } else if (choice < 93) {
            const auto entry = any();
            calls.abandon(entry->first);
            entry->second.reset();
        } else if (choice < 96) {
            last = calls.next_id();
            ASSERT_EQ(calls.close(last, answered), Answer::unknown);
        } else if (const std::uint64_t id = random() % (last + 100); model.count(id) == 0) {
            ASSERT_EQ(calls.close(id, answered), Answer::unknown);
            ASSERT_EQ(calls.find(id), nullptr);
        }
        ASSERT_EQ(calls.size(), model.size());
    }
    for (const auto& [id, call] : model) {
        EXPECT_EQ(calls.find(id), call.get());
    }
}

}  // namespace remoting::test
