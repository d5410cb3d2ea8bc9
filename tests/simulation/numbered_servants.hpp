// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "numbered.remoting.async.hpp"

#include <remoting/lifetime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace remoting::test {

/// Told of each number when its execution begins.
using Begun = std::function<void(std::int32_t)>;

class PlainNumbered final : public simulation::Numbered {
public:
    explicit PlainNumbered(Begun begun) : begun_(std::move(begun)) {}

    std::int32_t Run(std::int32_t number) override
    {
        begun_(number);
        return number;
    }
    void Post(std::int32_t number) override { begun_(number); }
    Bytes Echo(std::int32_t number, const Bytes& content) override
    {
        begun_(number);
        return content;
    }
    std::int32_t Ask(const std::shared_ptr<simulation::Listener>&, std::int32_t) override
    {
        throw std::logic_error("in one thread nobody may wait for an answer");
    }

private:
    const Begun begun_;
};

/// Takes its time, as `pause` says.
class SlowNumbered final : public simulation::NumberedAsync {
public:
    SlowNumbered(Begun begun, std::function<Duration()> pause) : begun_(std::move(begun)), pause_(std::move(pause)) {}

    boost::asio::awaitable<std::int32_t> Run(std::int32_t number) override
    {
        begun_(number);
        co_await rest();
        co_return number;
    }
    boost::asio::awaitable<void> Post(std::int32_t number) override
    {
        begun_(number);
        co_await rest();
    }
    boost::asio::awaitable<Bytes> Echo(std::int32_t number, Bytes content) override
    {
        begun_(number);
        co_await rest();
        co_return content;
    }
    boost::asio::awaitable<std::int32_t> Ask(std::shared_ptr<simulation::Listener> listener,
                                             std::int32_t number) override
    {
        begun_(number);
        co_await rest();
        const std::int32_t heard = co_await listener->async_Heard(number, boost::asio::use_awaitable);
        co_return heard;
    }

private:
    boost::asio::awaitable<void> rest()
    {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, pause_());
        co_await timer.async_wait(boost::asio::use_awaitable);
    }

    const Begun begun_;
    const std::function<Duration()> pause_;
};

class EchoingListener final : public simulation::Listener {
public:
    std::int32_t Heard(std::int32_t number) override { return number; }
};

}  // namespace remoting::test
