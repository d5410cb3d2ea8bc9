// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>

namespace remoting {

/// The values of one asynchronous call: its parameters in declaration order, then its result, which is std::tuple<> when
/// there is none. Does not move once its addresses were taken.
template <class Result, class... P>
struct CallFrame {
    static constexpr bool has_result = !std::is_same_v<Result, std::tuple<>>;

    Values addresses() noexcept
    {
        std::apply(
            [&](P&... parameter) {
                std::size_t index = 0;
                ((addresses_[index++] = static_cast<void*>(std::addressof(parameter))), ...);
            },
            parameters);
        addresses_[sizeof...(P)] = static_cast<void*>(std::addressof(result));
        return addresses_.data();
    }

    std::tuple<P...> parameters{};
    Result result{};

private:
    std::array<void*, sizeof...(P) + 1> addresses_{};
};

}  // namespace remoting
