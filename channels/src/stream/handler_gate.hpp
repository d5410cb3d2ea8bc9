// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace remoting {

/// Lets handlers in until it is closed: those of an io_context that is the user's may come when what they would touch is
/// gone. Thread-safe.
class HandlerGate {
public:
    /// `f` as a handler that does nothing once the gate is closed.
    template <class F>
    static auto guard(const std::shared_ptr<HandlerGate>& gate, F f)
    {
        return [gate, f = std::move(f)](auto&&... arguments) mutable {
            if (const Visit visit(*gate); visit.is_in) {
                f(std::forward<decltype(arguments)>(arguments)...);
            }
        };
    }

    /// Waits for handlers that are inside, except for those that the calling thread is in.
    void close() noexcept;

private:
    struct Visit {
        explicit Visit(HandlerGate& gate) noexcept;
        ~Visit();
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        HandlerGate& gate;
        const Visit* const outer;
        const bool is_in;
    };

    std::mutex mutex_;
    std::condition_variable left_;
    bool is_open_ = true;
    unsigned inside_ = 0;
};

}  // namespace remoting
