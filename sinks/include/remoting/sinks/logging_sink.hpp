// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <spdlog/common.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

namespace remoting {

/// By default nothing is logged that a caller or a servant has put into a call.
struct LoggingOptions {
    spdlog::level::level_enum success = spdlog::level::info;
    spdlog::level::level_enum failure = spdlog::level::warn;
    /// Keys of the call's context whose values are logged.
    std::vector<std::string> context_keys{"traceparent"};
    /// Also the texts of exceptions that servants throw: those often repeat arguments.
    bool exception_texts = false;
    /// What to say about the values of a call, which is over; it knows which of them are secret. Empty: nothing.
    std::function<std::string(const MethodCall&)> describe{};
};

/// A line for each call, synchronous or asynchronous, on either side, when it is over:
///     server bank.Account.Withdraw on 'account', peer 127.0.0.1:6100, 1.25 ms: user_exception (bank.InsufficientFunds)
/// Characters that could forge a line are replaced. A log that fails does not fail the call. Thread-safe if the
/// logger is.
class LoggingSink final : public MessageSink {
public:
    /// @param logger not null
    explicit LoggingSink(std::shared_ptr<spdlog::logger> logger, LoggingOptions options = {},
                         const Clock& clock = system_clock());

    void process(MethodCall& call, FunctionRef<void()> next) override;
    CallEnd begin(MethodCall& call) override;

private:
    void log(const MethodCall& call, Duration took, const std::exception_ptr& outcome) noexcept;

    const std::shared_ptr<spdlog::logger> logger_;
    const LoggingOptions options_;
    const Clock& clock_;
};

}  // namespace remoting
