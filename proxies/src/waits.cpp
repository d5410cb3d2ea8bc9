// SPDX-License-Identifier: BSL-1.0
#include "waits.hpp"

#include <remoting/errors/exceptions.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace remoting {

struct Waits::Wait {
    Connected done;
    std::optional<boost::asio::steady_timer> timer;
};

namespace {

void tell_of_end(const Connected& done)
{
    done(std::make_exception_ptr(RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping")), nullptr);
}

}  // namespace

Waits::Waits() = default;
Waits::~Waits() = default;

Waits::Ticket Waits::add(Connected done, Ticket& ticket)
{
    {
        const std::lock_guard lock(mutex_);
        if (!has_ended_) {
            ticket = ++last_;
            waits_.emplace(last_, Wait{std::move(done), std::nullopt});
            return last_;
        }
    }
    tell_of_end(done);
    return 0;
}

void Waits::limit(Ticket ticket, boost::asio::io_context& context, Duration after, std::function<void()> expired)
{
    const std::lock_guard lock(mutex_);
    const auto found = waits_.find(ticket);
    if (found == waits_.end()) {
        return;
    }
    auto& timer = found->second.timer.emplace(context);
    timer.expires_after(std::clamp(after, Duration::zero(), Duration(std::chrono::hours(24))));
    timer.async_wait([self = weak_from_this(), expired = std::move(expired)](const boost::system::error_code& error) {
        if (const auto alive = self.lock(); alive != nullptr && !error) {
            expired();
        }
    });
}

Connected Waits::take(Ticket ticket)
{
    const std::lock_guard lock(mutex_);
    const auto found = waits_.find(ticket);
    if (found == waits_.end()) {
        return {};
    }
    Connected done = std::move(found->second.done);
    waits_.erase(found);
    return done;
}

void Waits::end()
{
    std::map<Ticket, Wait> ended;
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
        ended.swap(waits_);
    }
    for (const auto& [ticket, wait] : ended) {
        tell_of_end(wait.done);
    }
}

}  // namespace remoting
