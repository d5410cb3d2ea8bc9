// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/error_code.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace remoting {

/// What a MetricsSink has counted of one method on one side. A value.
struct MethodMetrics {
    /// Calls that took at most `longest`, and more than the bucket before.
    struct Bucket {
        Duration longest{};
        std::uint64_t calls = 0;
    };

    std::string method;  ///< "bank.Account.Withdraw"
    bool on_server = false;
    std::uint64_t calls = 0;                    ///< that ended, one way or the other
    std::map<ErrorCode, std::uint64_t> errors;  ///< user_exception: declared in the IDL; internal: anything undeclared
    Duration total{};
    Duration longest{};
    std::vector<Bucket> latencies;  ///< those that are not empty, shortest first; an eighth of a power of two wide

    std::uint64_t failures() const noexcept;
    Duration mean() const noexcept;
    /// What this share of the calls, 0 to 1, took at most: too high by an eighth at most. Zero without calls.
    Duration percentile(double share) const noexcept;
};

/// A table with a line for each method, for people.
std::string to_table(const std::vector<MethodMetrics>& metrics);

/// Counts calls and how long they took, for each method. Synchronous and asynchronous calls, on either side; the time
/// includes the sinks behind it and, on the client, the way there and back. Thread-safe; a call costs two readings of
/// the clock and a few atomic additions.
class MetricsSink final : public MessageSink {
public:
    explicit MetricsSink(const Clock& clock = system_clock());
    ~MetricsSink() override;
    MetricsSink(const MetricsSink&) = delete;
    MetricsSink& operator=(const MetricsSink&) = delete;

    void process(MethodCall& call, FunctionRef<void()> next) override;
    CallEnd begin(MethodCall& call) override;

    /// Ordered by method; calls that end meanwhile may be counted in part.
    std::vector<MethodMetrics> snapshot() const;
    /// Forgets everything.
    void reset();

private:
    class Table;

    void count(const MethodCall& call, Duration took, const std::exception_ptr& outcome) noexcept;

    const Clock& clock_;
    const std::unique_ptr<Table> table_;
};

}  // namespace remoting
