// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/logging_sink.hpp>

#include "call_outcome.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <utility>

namespace remoting {

namespace {

/// One line, whatever peers and servants put into it.
std::string printable(std::string text)
{
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
    return text;
}

double milliseconds(Duration duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

std::string line_of(const MethodCall& call, Duration took, const CallOutcome& outcome, const LoggingOptions& options)
{
    std::string line =
        fmt::format("{} {} on '{}', peer {}, {:.2f} ms: {}", call.on_server ? "server" : "client", full_name(call),
                    call.object, call.address, milliseconds(took), to_string(outcome.code));
    if (!outcome.name.empty()) {
        line += fmt::format(" ({})", outcome.name);
    }
    if (options.exception_texts && !outcome.text.empty()) {
        line += ": " + outcome.text;
    }
    for (const std::string& key : options.context_keys) {
        if (const std::string* const value = call.context.find(key)) {
            line += fmt::format(" {}={}", key, *value);
        }
    }
    if (options.describe) {
        line += " " + options.describe(call);
    }
    return printable(std::move(line));
}

}  // namespace

LoggingSink::LoggingSink(std::shared_ptr<spdlog::logger> logger, LoggingOptions options, const Clock& clock)
    : logger_(std::move(logger)),
      options_(std::move(options)),
      clock_(clock)
{
}

void LoggingSink::process(MethodCall& call, FunctionRef<void()> next)
{
    observe(call, next, clock_, [this](const MethodCall& over, Duration took, const std::exception_ptr& outcome) {
        log(over, took, outcome);
    });
}

CallEnd LoggingSink::begin(MethodCall& /*call*/)
{
    return observe_later(clock_, [this](const MethodCall& over, Duration took, const std::exception_ptr& outcome) {
        log(over, took, outcome);
    });
}

void LoggingSink::log(const MethodCall& call, Duration took, const std::exception_ptr& outcome) noexcept
{
    const auto level = outcome == nullptr ? options_.success : options_.failure;
    if (!logger_->should_log(level)) {
        return;
    }
    try {
        logger_->log(level, spdlog::string_view_t(line_of(call, took, outcome_of(outcome), options_)));
    } catch (...) {
        // A log that fails must not fail the call.
    }
}

}  // namespace remoting
