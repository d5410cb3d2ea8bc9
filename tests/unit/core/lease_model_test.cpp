// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "probe_servant.hpp"

#include <remoting/lifetime/lease_manager.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

// Leases against a model that knows nothing of heaps, atomics and lazy timers: one object, whole milliseconds.

namespace remoting::test {

namespace {

using Ms = std::int64_t;
constexpr Ms never = std::numeric_limits<Ms>::max();

struct Model {
    Ms renew_on_call;
    Ms timeout;
    Ms granted;
    std::optional<Ms> last_use{};
    int running = 0;
    std::vector<std::pair<int, Ms>> sponsors{};  // who, and what they gave last; in order of registration
    std::optional<int> asked{};
    Ms answer_due = 0;
    bool is_over = false;
    bool is_released = false;
    std::vector<int> questions{};  // who was asked, ever

    Ms end() const { return last_use ? std::max(granted, *last_use + renew_on_call) : granted; }
    void drop(int who)
    {
        std::erase_if(sponsors, [&](const auto& sponsor) { return sponsor.first == who; });
    }
    /// What has to happen at `now`, happens.
    void settle(Ms now)
    {
        while (!is_over && !is_released) {
            if (asked && now >= answer_due) {
                drop(*asked);
                asked.reset();
            } else if (asked || end() > now || running != 0) {
                return;
            } else if (sponsors.empty()) {
                is_over = true;
            } else {
                auto best = sponsors.front();
                for (const auto& sponsor : sponsors) {
                    best = sponsor.second > best.second ? sponsor : best;
                }
                asked = best.first;
                answer_due = now + timeout;
                questions.push_back(best.first);
            }
        }
    }
    /// When something happens by itself next.
    Ms next(Ms now) const
    {
        if (is_over || is_released) {
            return never;
        }
        if (asked) {
            return answer_due;
        }
        return end() > now ? end() : never;  // never: a call's end decides
    }
};

class Schedule {
public:
    explicit Schedule(std::uint64_t seed) : random_(seed)
    {
        manager_.set_hooks({.wake_at = [](TimePoint) {},
                            .ask =
                                [this](const auto& lease, const auto& sponsor, std::uint64_t question) {
                                    Subject& subject = subject_of(*lease);
                                    subject.asked.push_back(sponsor_number(*sponsor));
                                    subject.question = question;
                                }});
        for (std::shared_ptr<ProbeServant>& sponsor : sponsors_) {
            sponsor = std::make_shared<ProbeServant>();
        }
    }

    /// What went wrong; empty when nothing did.
    std::string run()
    {
        for (Subject& subject : subjects_) {
            const Ms initial = 1 + below(20);
            const Ms renewal = below(10);
            const Ms timeout = 1 + below(6);
            subject.model = {.renew_on_call = renewal, .timeout = timeout, .granted = now_ + initial};
            subject.lease = std::make_shared<ObjectLease>(
                manager_, std::weak_ptr<ObjectEntry>(),
                LeaseOptions{.initial = ms(initial), .renew_on_call = ms(renewal), .sponsorship_timeout = ms(timeout)});
            manager_.begin(*subject.lease);
        }
        for (int step = 0; step < 12 && failure_.empty(); ++step) {
            advance_to(now_ + below(8));
            act(subjects_[static_cast<std::size_t>(below(2))]);
            happen();
        }
        for (Subject& subject : subjects_) {
            subject.calls.clear();
            subject.model.last_use = subject.model.running != 0 ? now_ : subject.model.last_use;
            subject.model.running = 0;
        }
        advance_to(now_ + 400);
        if (failure_.empty() && manager_.size() != 0) {
            failure_ = "leases are left";
        }
        for (Subject& subject : subjects_) {
            manager_.forget(*subject.lease);
        }
        return failure_;
    }

private:
    struct Subject {
        Model model{};
        std::shared_ptr<ObjectLease> lease;
        std::deque<LeaseUse> calls;
        std::vector<int> asked;
        std::uint64_t question = 0;
        bool has_ended = false;
    };

    static Duration ms(Ms time) { return std::chrono::milliseconds(time); }
    Ms below(std::uint64_t limit) { return static_cast<Ms>(random_() % limit); }
    Subject& subject_of(const ObjectLease& lease)
    {
        return subjects_[0].lease.get() == &lease ? subjects_[0] : subjects_[1];
    }
    int sponsor_number(const RemoteObject& object) const
    {
        const auto found = std::ranges::find_if(sponsors_, [&](const auto& one) { return one.get() == &object; });
        return static_cast<int>(found - sponsors_.begin());
    }

    void advance_to(Ms target)
    {
        while (failure_.empty()) {
            Ms next = target;
            for (const Subject& subject : subjects_) {
                next = std::min(next, subject.model.next(now_));
            }
            if (const TimePoint due = manager_.next_due(); due != TimePoint::max()) {
                next =
                    std::min(next, std::max(now_, std::chrono::floor<std::chrono::milliseconds>(due - start_).count()));
            }
            clock_.advance(ms(next - now_));
            now_ = next;
            happen();
            if (now_ == target) {
                return;
            }
        }
    }

    void happen()
    {
        manager_.run_due([this](ObjectLease& lease) {
            subject_of(lease).has_ended = true;
            manager_.forget(lease);
        });
        for (Subject& subject : subjects_) {
            subject.model.settle(now_);
            compare(subject);
        }
    }

    void compare(const Subject& subject)
    {
        const Model& model = subject.model;
        const LeaseStatus status = manager_.status(*subject.lease);
        const bool is_gone = model.is_over || model.is_released;
        const Ms left = is_gone ? 0 : std::max<Ms>(model.end() - now_, 0);
        const auto state = is_gone ? LeaseState::expired : left > 0 ? LeaseState::active : LeaseState::renewing;
        const auto check = [&](bool holds, const char* what) {
            if (!holds && failure_.empty()) {
                failure_ = what + std::string(" at ") + std::to_string(now_);
            }
        };
        check(subject.has_ended == model.is_over, "the end");
        check(status.state == state, "the state");
        check(status.remaining == ms(left), "the remaining time");
        check(is_gone || status.sponsors == model.sponsors.size(), "the number of sponsors");
        check(subject.asked == model.questions, "who was asked");
    }

    void act(Subject& subject)
    {
        Model& model = subject.model;
        const bool is_gone = model.is_over || model.is_released;
        switch (below(8)) {
            case 0:
            case 1: {
                LeaseUse call;
                if (call.begin(subject.lease) == is_gone && failure_.empty()) {
                    failure_ = "whether a call is admitted";
                }
                if (!is_gone) {
                    subject.calls.push_back(std::move(call));
                    ++model.running;
                    model.last_use = now_;
                }
                break;
            }
            case 2:
            case 3:
                if (!subject.calls.empty()) {
                    subject.calls.pop_front();
                    --model.running;
                    model.last_use = now_;
                }
                break;
            case 4: {
                const Ms time = below(25) - 2;
                const Duration left = manager_.renew(*subject.lease, ms(time));
                if (!is_gone) {
                    model.granted = std::max(model.granted, now_ + time);
                }
                if (left != (is_gone ? Duration::zero() : ms(model.end() - now_)) && failure_.empty()) {
                    failure_ = "what renewing returns";
                }
                break;
            }
            case 5:
                sponsor(subject, is_gone);
                break;
            case 6: {
                const Ms time = below(12) - 2;
                manager_.answer(*subject.lease, subject.question, ms(time));
                if (model.asked && !is_gone) {
                    for (auto& known : model.sponsors) {
                        known.second = known.first == *model.asked ? time : known.second;
                    }
                    model.granted = time > 0 ? std::max(model.granted, now_ + time) : model.granted;
                    if (time <= 0) {
                        model.drop(*model.asked);
                    }
                    model.asked.reset();
                }
                break;
            }
            default:
                leave(subject);
        }
    }

    void sponsor(Subject& subject, bool is_gone)
    {
        Model& model = subject.model;
        const int who = static_cast<int>(below(sponsors_.size()));
        const Ms first = below(10);
        bool is_refused = false;
        try {
            manager_.add_sponsor(*subject.lease, sponsors_[static_cast<std::size_t>(who)], ms(first));
        } catch (const std::exception&) {
            is_refused = true;
        }
        if (is_refused != is_gone && failure_.empty()) {
            failure_ = "whether a sponsor is taken";
        }
        if (is_gone) {
            return;
        }
        const auto known = std::ranges::find(model.sponsors, who, &std::pair<int, Ms>::first);
        if (known != model.sponsors.end()) {
            known->second = first;
        } else {
            model.sponsors.emplace_back(who, first);
        }
        model.granted = std::max(model.granted, now_ + first);
    }

    /// A sponsor leaves, or the connection of its process is lost, or the object is released.
    void leave(Subject& subject)
    {
        Model& model = subject.model;
        const Ms what = below(8);
        if (what == 0) {
            manager_.forget(*subject.lease);
            model.is_released = !model.is_over;
            return;
        }
        const int who = static_cast<int>(below(sponsors_.size()));
        manager_.remove_sponsor(*subject.lease,
                                [&](const auto& one) { return one == sponsors_[static_cast<std::size_t>(who)]; });
        if (model.asked == who) {
            model.asked.reset();
        }
        model.drop(who);
    }

    std::mt19937_64 random_;
    FakeClock clock_;
    const TimePoint start_ = clock_.now();
    Ms now_ = 0;
    LeaseManager manager_{clock_};
    std::array<std::shared_ptr<ProbeServant>, 3> sponsors_;
    std::array<Subject, 2> subjects_;
    std::string failure_;
};

}  // namespace

/// 8 x 125,000 schedules; the number of a failing one repeats it.
class LeaseModel : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Shards, LeaseModel, testing::Range(0, 8));

TEST_P(LeaseModel, AgreesWithTheManagerOnEverySchedule)
{
    constexpr std::uint64_t schedules = 125'000;
    for (std::uint64_t i = 0; i < schedules; ++i) {
        const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * schedules + i;
        ASSERT_EQ(Schedule(seed).run(), "") << "schedule " << seed;
    }
}

}  // namespace remoting::test
