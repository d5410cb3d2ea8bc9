// SPDX-License-Identifier: BSL-1.0
#include "mailslot/rare_log.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace remoting {

RareLog::RareLog(Log log, std::string subject) : log_(std::move(log)), subject_(std::move(subject)) {}

void RareLog::write(const std::string& problem) noexcept
{
    due_ = system_clock().now() + std::chrono::seconds(1);
    try {
        if (log_) {
            log_(subject_ + ": " + problem);
        }
    } catch (const std::exception&) {  // a log that fails must not end the thread that says something
    }
}

}  // namespace remoting
