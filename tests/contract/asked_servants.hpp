// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "sinks.remoting.async.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace contract {

/// What servants of Asked do; set before the first call.
using Action = std::function<void()>;

class AskedServant final : public Asked {
public:
    explicit AskedServant(Action action) : action_(std::move(action)) {}
    std::int32_t Ask(std::int32_t number) override
    {
        action_();
        return number;
    }
    void Tell(std::int32_t) override { action_(); }

private:
    const Action action_;
};

class AskedCoroutines final : public AskedAsync {
public:
    using Coroutine = std::function<boost::asio::awaitable<void>()>;
    explicit AskedCoroutines(Coroutine coroutine) : coroutine_(std::move(coroutine)) {}
    boost::asio::awaitable<std::int32_t> Ask(std::int32_t number) override
    {
        co_await coroutine_();
        co_return number;
    }
    boost::asio::awaitable<void> Tell(std::int32_t) override { co_await coroutine_(); }

private:
    const Coroutine coroutine_;
};

/// Answers when the test does.
class AskedLater final : public AskedDeferred {
public:
    using OnAsk = std::function<void(std::int32_t, remoting::Reply<std::int32_t>)>;
    explicit AskedLater(OnAsk on_ask) : on_ask_(std::move(on_ask)) {}
    void Ask(std::int32_t number, remoting::Reply<std::int32_t> reply) override { on_ask_(number, std::move(reply)); }
    void Tell(std::int32_t, remoting::Reply<void> reply) override { reply.succeed(); }

private:
    const OnAsk on_ask_;
};

}  // namespace contract
