// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "objects.remoting.hpp"

#include "live_count.hpp"

#include <remoting/proxies/objects.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace contract {

using remoting::test::Counted;
using remoting::test::LiveCount;

class AccountServant final : public Account, public std::enable_shared_from_this<AccountServant> {
public:
    AccountServant(std::shared_ptr<LiveCount> count, std::string owner, std::int64_t balance)
        : counted_(std::move(count)),
          owner_(std::move(owner)),
          balance_(balance)
    {
    }
    std::string get_Owner() override { return owner_; }
    std::int64_t Add(std::int64_t amount) override { return balance_ += amount; }
    std::shared_ptr<Account> Self() override { return shared_from_this(); }
    bool Is(const std::shared_ptr<Account>& other) override { return remoting::local_object(other).get() == this; }

private:
    Counted counted_;
    std::string owner_;
    std::int64_t balance_;
};

class CounterServant final : public Counter, public std::enable_shared_from_this<CounterServant> {
public:
    explicit CounterServant(std::shared_ptr<LiveCount> count) : counted_(std::move(count)) {}
    std::int32_t Next() override { return ++next_; }
    std::int32_t Instance() override { return counted_.number(); }
    std::shared_ptr<Counter> Self() override { return shared_from_this(); }
    bool Is(const std::shared_ptr<Counter>& other) override { return remoting::local_object(other).get() == this; }

private:
    Counted counted_;
    std::int32_t next_ = 0;
};

class ShelfServant final : public Shelf {
public:
    void Put(const std::shared_ptr<Node>& node) override { node_ = node; }
    std::shared_ptr<Node> Take() override { return std::exchange(node_, nullptr); }
    std::string LabelOf(const std::shared_ptr<Node>& node) override { return node->get_Label(); }
    void PutAll(const Family& family) override { family_ = family; }
    Family TakeAll() override { return std::exchange(family_, {}); }
    bool AreSame(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) override { return a == b; }
    std::shared_ptr<Node> Broken() override { return nullptr; }

    const std::shared_ptr<Node>& node() const noexcept { return node_; }

private:
    std::shared_ptr<Node> node_;
    Family family_;
};

class PlayerServant final : public Player, public std::enable_shared_from_this<PlayerServant> {
public:
    std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>& partner) override
    {
        return depth == 0 ? 1 : 1 + partner->Bounce(depth - 1, shared_from_this());
    }
    void Tell(const std::string& text) override { told.push_back(text); }

    std::vector<std::string> told;
};

class ChatServant final : public Chat {
public:
    void Join(const std::shared_ptr<Player>& player) override { players_.push_back(player); }
    void Say(const std::string& text) override
    {
        for (const auto& player : players_) {
            player->Tell(text);
        }
    }
    std::int32_t Leave() override
    {
        const auto count = static_cast<std::int32_t>(players_.size());
        players_.clear();
        return count;
    }

private:
    std::vector<std::shared_ptr<Player>> players_;
};

}  // namespace contract
