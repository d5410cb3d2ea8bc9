// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/log.hpp>
#include <remoting/lifetime/clock.hpp>

#include <string>

namespace remoting {

/// A log for what may happen very often: asked first, it takes a line a second. For one thread at a time.
class RareLog final {
public:
    /// @param subject what each line begins with
    RareLog(Log log, std::string subject);

    /// When the next line may be written; it may have been long ago.
    TimePoint due() const noexcept { return due_; }
    bool is_due() const noexcept { return system_clock().now() >= due_; }
    /// Whether it is due or not.
    void write(const std::string& problem) noexcept;

private:
    const Log log_;
    const std::string subject_;
    TimePoint due_ = TimePoint::min();
};

}  // namespace remoting
