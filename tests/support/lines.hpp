// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace remoting::test {

/// A log that can be asked.
class Lines final {
public:
    auto log()
    {
        return [this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            text_ += std::string(line) + "\n";
        };
    }
    std::string text() const
    {
        const std::lock_guard lock(mutex_);
        return text_;
    }
    bool say(const std::string& what) const { return text().find(what) != std::string::npos; }

private:
    mutable std::mutex mutex_;
    std::string text_;
};

}  // namespace remoting::test
