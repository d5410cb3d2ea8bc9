// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "calls.remoting.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace contract {

class ControlServant : public Control {
public:
    /// What Do and Post run; set before the first call.
    std::function<void()> action = [] {};

    std::int32_t Add(std::int32_t a, std::int32_t b) override { return a + b; }
    void Do() override { action(); }
    void Post() override { action(); }
    void Note(std::int32_t thread, std::int32_t number) override { note(thread, number); }
    std::int32_t Ask(std::int32_t thread, std::int32_t number) override
    {
        note(thread, number);
        return number;
    }
    remoting::Bytes Fill(std::uint32_t size) override { return remoting::Bytes(size, std::byte{'f'}); }
    std::uint32_t Measure(const remoting::Bytes& data) override { return static_cast<std::uint32_t>(data.size()); }
    void Swap(std::string& a, std::string& b) override { std::swap(a, b); }
    std::int32_t Relay(const std::shared_ptr<Control>& next, std::int32_t number) override
    {
        return next->Add(number, 1);
    }

    /// Numbers in the order in which they came, of all threads or of one.
    std::vector<std::int32_t> noted(std::int32_t thread) const
    {
        const std::lock_guard lock(mutex_);
        std::vector<std::int32_t> numbers;
        for (const auto& [by, number] : noted_) {
            if (by == thread) {
                numbers.push_back(number);
            }
        }
        return numbers;
    }

private:
    void note(std::int32_t thread, std::int32_t number)
    {
        const std::lock_guard lock(mutex_);
        noted_.emplace_back(thread, number);
    }

    mutable std::mutex mutex_;
    std::vector<std::pair<std::int32_t, std::int32_t>> noted_;
};

}  // namespace contract
