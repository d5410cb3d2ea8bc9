// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/long_waits.hpp>

#include "errors/say.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// A call of `waiting` may have been made by the one of `running`, which then waits for it.
bool is_made_by(const CallChain& waiting, const CallChain& running) noexcept
{
    return waiting.id == running.id && waiting.depth > running.depth;
}

/// Tells chains apart; of an id that nobody is to guess only what does not help him.
std::string name_of(const CallChain& chain)
{
    return fmt::format("chain {:08x}", static_cast<std::uint32_t>(chain.id.low));
}

}  // namespace

void LongWaits::start(Duration longest, Log log, Hooks hooks)
{
    longest_ = longest <= Duration::zero() ? infinite : longest;
    log_ = std::move(log);
    hooks_ = std::move(hooks);
}

void LongWaits::begin(std::weak_ptr<Turn> turn, TimePoint since)
{
    {
        const std::lock_guard lock(mutex_);
        turns_.push_back(std::move(turn));
    }
    hooks_.wake_at(deadline_after(since, longest_));
}

std::vector<LongWaits::Wait> LongWaits::all_waits()
{
    std::vector<std::weak_ptr<Turn>> turns;
    {
        const std::lock_guard lock(mutex_);
        turns.swap(turns_);
    }
    std::vector<Wait> waits;
    const auto is_idle = [&](const std::weak_ptr<Turn>& known) {
        const auto turn = known.lock();
        const auto of_turn = turn != nullptr ? turn->waits() : std::vector<Turn::Wait>();
        std::ranges::transform(of_turn, std::back_inserter(waits), [&](const auto& call) { return Wait{turn, call}; });
        return of_turn.empty();
    };
    std::erase_if(turns, is_idle);
    const std::lock_guard lock(mutex_);
    turns_.insert(turns_.end(), turns.begin(), turns.end());
    return waits;
}

void LongWaits::look()
{
    auto waits = all_waits();
    if (waits.empty()) {
        return;
    }
    const TimePoint now = clock_.now();
    TimePoint next = deadline_after(now, longest_);
    for (std::size_t i = 0; i < waits.size(); ++i) {
        if (waits[i].call.was_told) {
            continue;
        }
        const TimePoint due = deadline_after(waits[i].call.since, longest_);
        if (now < due) {
            next = std::min(next, due);
        } else {
            tell(waits, i);
        }
    }
    hooks_.wake_at(next);
}

/// From `first` to who holds what it waits for, to what that one waits for, and so on: the shortest way back to
/// `first`.
void LongWaits::tell(std::vector<Wait>& waits, std::size_t first)
{
    std::vector<std::size_t> came_from(waits.size(), none);
    std::vector<std::size_t> found{first};
    std::size_t last = none;
    for (std::size_t i = 0; i < found.size() && last == none; ++i) {
        const CallChain& holder = waits[found[i]].call.holder;
        if (is_made_by(waits[first].call.chain, holder)) {
            last = found[i];
        }
        for (std::size_t other = 0; other < waits.size(); ++other) {
            if (other != first && came_from[other] == none && is_made_by(waits[other].call.chain, holder)) {
                came_from[other] = found[i];
                found.push_back(other);
            }
        }
    }
    std::vector<Wait> cycle;
    for (std::size_t i = last; i != none; i = came_from[i]) {
        cycle.push_back(waits[i]);
        waits[i].call.was_told = true;
    }
    std::ranges::reverse(cycle);
    std::vector<Turn::WaitText> texts;
    for (const Wait& wait : cycle) {
        if (auto text = wait.turn->tell(wait.call.number)) {
            texts.push_back(std::move(*text));
        }
    }
    if (!cycle.empty() && texts.size() == cycle.size()) {
        tell_cycle(cycle, texts);
    } else if (const auto text = waits[first].turn->tell(waits[first].call.number)) {
        tell_one(waits[first], *text);
    }
    waits[first].call.was_told = true;
}

void LongWaits::tell_one(const Wait& wait, const Turn::WaitText& text) const
{
    const std::string outstanding = hooks_.outstanding ? hooks_.outstanding(wait.call.holder) : std::string();
    say(log_, fmt::format("{} ({}) has waited {} for its turn; what runs there is {} ({}){}", text.call,
                          name_of(wait.call.chain), age(wait), text.running, name_of(wait.call.holder),
                          outstanding.empty() ? std::string() : ", which waits for " + outstanding));
}

void LongWaits::tell_cycle(const std::vector<Wait>& cycle, const std::vector<Turn::WaitText>& texts) const
{
    say(log_, fmt::format("{} wait for each other, the first for {}, and only their deadlines can end it:",
                          cycle.size() == 1 ? std::string("a call and the one it was made by")
                                            : fmt::format("{} calls", cycle.size()),
                          age(cycle.front())));
    for (std::size_t i = 0; i < cycle.size(); ++i) {
        say(log_, fmt::format("  {} of {}: {} ({}), waits for {} ({})", i + 1, cycle.size(), texts[i].call,
                              name_of(cycle[i].call.chain), texts[i].running, name_of(cycle[i].call.holder)));
    }
}

std::string LongWaits::age(const Wait& wait) const
{
    return fmt::format("{:.1f} s", std::chrono::duration<double>(clock_.now() - wait.call.since).count());
}

}  // namespace remoting
