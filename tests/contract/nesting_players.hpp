// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "objects.remoting.async.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace contract {

/// How a servant answers, and makes the calls that it needs for that.
enum class Style { plain, coroutine, deferred };

inline constexpr std::array every_style{Style::plain, Style::coroutine, Style::deferred};

inline const char* name_of(Style style)
{
    constexpr std::array names{"plain", "coroutine", "deferred"};
    return names[static_cast<std::size_t>(style)];
}

// Players that pass each call on, one level less deep, to `next`, or, without one, to the partner in the call.

class PlainPlayer final : public Player {
public:
    explicit PlainPlayer(std::shared_ptr<Player> next = nullptr) : next_(std::move(next)) {}
    std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>& partner) override
    {
        return depth == 0 ? 1 : 1 + (next_ != nullptr ? next_ : partner)->Bounce(depth - 1, partner);
    }
    void Tell(const std::string&) override {}

private:
    std::shared_ptr<Player> next_;
};

class CoroutinePlayer final : public PlayerAsync {
public:
    explicit CoroutinePlayer(std::shared_ptr<Player> next = nullptr) : next_(std::move(next)) {}
    boost::asio::awaitable<std::int32_t> Bounce(std::int32_t depth, std::shared_ptr<Player> partner) override
    {
        if (depth == 0) {
            co_return 1;
        }
        const auto to = next_ != nullptr ? next_ : partner;
        co_return 1 + co_await to->async_Bounce(depth - 1, partner, boost::asio::use_awaitable);
    }
    boost::asio::awaitable<void> Tell(std::string) override { co_return; }

private:
    std::shared_ptr<Player> next_;
};

class DeferredPlayer final : public PlayerDeferred {
public:
    explicit DeferredPlayer(std::shared_ptr<Player> next = nullptr) : next_(std::move(next)) {}
    void Bounce(std::int32_t depth, std::shared_ptr<Player> partner, remoting::Reply<std::int32_t> reply) override
    {
        if (depth == 0) {
            reply.succeed(1);
            return;
        }
        const auto to = next_ != nullptr ? next_ : partner;
        to->async_Bounce(depth - 1, partner, [reply](std::exception_ptr error, std::int32_t count) {
            error != nullptr ? reply.fail(error) : reply.succeed(1 + count);
        });
    }
    void Tell(std::string, remoting::Reply<void> reply) override { reply.succeed(); }

private:
    std::shared_ptr<Player> next_;
};

inline std::shared_ptr<remoting::RemoteObject> make_player(Style style, std::shared_ptr<Player> next = nullptr)
{
    switch (style) {
        case Style::coroutine:
            return std::make_shared<CoroutinePlayer>(std::move(next));
        case Style::deferred:
            return std::make_shared<DeferredPlayer>(std::move(next));
        default:
            return std::make_shared<PlainPlayer>(std::move(next));
    }
}

}  // namespace contract
