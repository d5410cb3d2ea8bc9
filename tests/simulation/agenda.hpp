// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <map>
#include <utility>

namespace remoting::test {

/// What is to happen when, on an io_context. What is planned for the same time happens in the order it was planned.
class Agenda final {
public:
    explicit Agenda(boost::asio::io_context& context) : context_(context) {}

    void at(TimePoint when, std::function<void()> what) { planned_.emplace(when, std::move(what)); }
    void after(Duration how_long, std::function<void()> what) { at(virtual_time::now() + how_long, std::move(what)); }

    TimePoint next() const { return planned_.empty() ? TimePoint::max() : planned_.begin()->first; }
    void post_due()
    {
        while (!planned_.empty() && planned_.begin()->first <= virtual_time::now()) {
            boost::asio::post(context_, std::move(planned_.begin()->second));
            planned_.erase(planned_.begin());
        }
    }

private:
    boost::asio::io_context& context_;
    std::multimap<TimePoint, std::function<void()>> planned_;
};

}  // namespace remoting::test
