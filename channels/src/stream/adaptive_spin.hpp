// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace remoting {

/// Whether trying for a while before sleeping is worth it on this connection: a success keeps the next one, after a
/// fruitless one the next 1, 2, 4 ... 1,024 waits sleep at once. Used by the connection's reader only.
class AdaptiveSpin {
public:
    explicit AdaptiveSpin(bool is_enabled) noexcept : is_enabled_(is_enabled) {}

    bool should_try() noexcept
    {
        if (!is_enabled_) {
            return false;
        }
        if (skip_ != 0) {
            --skip_;
            return false;
        }
        return true;
    }
    void succeeded() noexcept { penalty_ = 0; }
    void failed() noexcept
    {
        penalty_ = std::clamp(penalty_ * 2, std::uint32_t{1}, std::uint32_t{1024});
        skip_ = penalty_;
    }

private:
    bool is_enabled_;
    std::uint32_t penalty_ = 0;
    std::uint32_t skip_ = 0;
};

}  // namespace remoting
