// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "events.remoting.hpp"
#include "live_count.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace contract {

class TickerServant : public LoudTicker {
public:
    float get_Value() override { return value_; }
    void set_Value(float value) override { value_ = value; }
    void Tick(std::int32_t first, std::int32_t count, std::int32_t size) override
    {
        for (std::int32_t number = first; number < first + count; ++number) {
            raise_Ticked(number, {number, std::string(static_cast<std::size_t>(size), 'x')});
        }
    }
    bool Ask(float present, float& next) override { return raise_Changing(present, next); }
    void Meet(const std::shared_ptr<Ticker>& other) override { raise_Met(other); }
    void Shout(const std::string& text) override { raise_Shouted(text); }

    using LoudTicker::raise_Value_changed;

private:
    float value_ = 0;
};

/// What a subscriber was told, in order.
template <class T>
class Told final {
public:
    void add(T value)
    {
        {
            const std::lock_guard lock(mutex_);
            values_.push_back(std::move(value));
        }
        count_.add();
    }
    /// All of them, when so many have come.
    std::vector<T> wait_for(int count)
    {
        EXPECT_TRUE(count_.wait_until_at_least(count));
        return all();
    }
    std::vector<T> all() const
    {
        const std::lock_guard lock(mutex_);
        return values_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<T> values_;
    remoting::test::Tally count_;
};

inline std::vector<std::int32_t> from_to(std::int32_t first, std::int32_t last)
{
    std::vector<std::int32_t> numbers;
    for (std::int32_t i = first; i <= last; ++i) {
        numbers.push_back(i);
    }
    return numbers;
}

/// Subscribes to the numbers of Ticked.
inline remoting::Subscription subscribe(Ticker& ticker, Told<std::int32_t>& told, remoting::SubscriptionOptions options = {})
{
    return ticker.on_Ticked([&told](std::int32_t number, const Quote& quote) {
        EXPECT_EQ(quote.number, number);
        told.add(number);
    }, std::move(options));
}

}  // namespace contract
