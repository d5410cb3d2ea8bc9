// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/error_code.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <exception>
#include <string>

namespace remoting {

/// How a call ended, for those who look on.
struct CallOutcome {
    ErrorCode code = ErrorCode::ok;
    std::string name;  ///< the exception's type; what a RemotingError says, which is nobody's secret
    std::string text;  ///< what a servant's exception says
};

/// Without names and texts. @param outcome null for success
ErrorCode code_of(const std::exception_ptr& outcome) noexcept;
CallOutcome outcome_of(const std::exception_ptr& outcome);

/// "bank.Account.Withdraw"
std::string full_name(const MethodCall& call);

/// The process() of a sink that looks on: `ended(call, took, outcome)`, which must not throw, is told of the end.
template <class Ended>
void observe(MethodCall& call, FunctionRef<void()> next, const Clock& clock, const Ended& ended)
{
    const TimePoint start = clock.now();
    try {
        next();
    } catch (...) {
        ended(call, clock.now() - start, std::current_exception());
        throw;
    }
    ended(call, clock.now() - start, nullptr);
}

/// Its begin().
template <class Ended>
CallEnd observe_later(const Clock& clock, Ended ended)
{
    return [start = clock.now(), &clock, ended](MethodCall& call, std::exception_ptr& outcome) {
        ended(call, clock.now() - start, outcome);
    };
}

}  // namespace remoting
