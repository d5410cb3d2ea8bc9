// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "shop.remoting.hpp"

#include <remoting/messaging/current_call.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace remoting::test {

class Basket final : public shop::Basket {
public:
    explicit Basket(std::string owner, std::int32_t size = 10) : owner_(std::move(owner)), size_(size)
    {
        if (size < 0) {
            throw shop::Refused("too small", {});
        }
    }
    std::string get_Owner() override { return owner_; }
    std::int32_t Add(const shop::Line& line) override { return size_ + line.count; }
    std::shared_ptr<shop::Basket> Twin() override { return std::make_shared<Basket>(owner_ + " twin"); }
    void Merge(const std::shared_ptr<shop::Basket>& other, const std::shared_ptr<shop::Basket>& third) override
    {
        owner_ += '+' + other->get_Owner() + (third != nullptr ? '+' + third->get_Owner() : "");
    }

private:
    std::string owner_;
    std::int32_t size_;
};

class Shop final : public shop::Shop {
public:
    std::int32_t Sell(const shop::Order& order, std::int32_t times) override
    {
        if (order.lines.empty()) {
            throw shop::Refused("nothing to sell", {"none", 0.5, 0});
        }
        if (order.lines[0].count > 100) {
            throw shop::SoldOut("too many", order.lines[0], {1, 2});
        }
        if (order.lines[0].count < 0) {
            throw std::runtime_error("undeclared");
        }
        return order.lines[0].count * times;
    }
    shop::Scalars Echo(const shop::Scalars& value, shop::Order& order, shop::Page<shop::Colour>& colours) override
    {
        order.lines.push_back({"echo", 1, 1});
        colours.items = {shop::Colour::Red, static_cast<shop::Colour>(9)};
        return value;
    }
    void Note(const std::string& text) override
    {
        const std::lock_guard lock(mutex_);
        notes_.push_back(text);
        noted_.notify_all();
    }
    std::shared_ptr<shop::Basket> Find(const std::string& owner) override
    {
        return owner.empty() ? nullptr : std::make_shared<Basket>(owner);
    }
    std::vector<std::shared_ptr<shop::Basket>> All() override
    {
        return {std::make_shared<Basket>("one"), std::make_shared<Basket>("two")};
    }
    /// Until nobody waits for it any more.
    void Wait(TimeSpan) override
    {
        std::mutex mutex;
        std::condition_variable_any given_up;
        std::unique_lock lock(mutex);
        given_up.wait(lock, current_call()->stop_token(), [] { return false; });
    }
    void Follow(Stream<std::int32_t>) override {}
    Stream<std::int32_t> Count(std::int32_t) override
    {
        has_counted_ = true;
        return {};
    }
    bool has_counted() const { return has_counted_; }

    bool was_noted(const std::string& text, std::chrono::milliseconds longest)
    {
        std::unique_lock lock(mutex_);
        return noted_.wait_for(lock, longest, [&] { return !notes_.empty() && notes_.back() == text; });
    }

private:
    std::atomic<bool> has_counted_ = false;
    std::mutex mutex_;
    std::condition_variable noted_;
    std::vector<std::string> notes_;
};

}  // namespace remoting::test
