// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/metrics_sink.hpp>

#include "call_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace remoting {

namespace {

// Nanoseconds up to 7 have a bucket each; from there on each power of two, up to 2^43 (2 h 26 min), has eight.
constexpr unsigned last_power = 42;
constexpr std::size_t buckets = (last_power - 1) * 8;
constexpr std::size_t codes = static_cast<std::size_t>(ErrorCode::unknown) + 1;

std::size_t bucket_of(std::uint64_t nanoseconds) noexcept
{
    if (nanoseconds < 8) {
        return static_cast<std::size_t>(nanoseconds);
    }
    const auto power = static_cast<unsigned>(std::bit_width(nanoseconds)) - 1;
    if (power > last_power) {
        return buckets - 1;
    }
    return (power - 2) * std::size_t{8} + (nanoseconds >> (power - 3) & 7U);
}

Duration longest_of(std::size_t bucket) noexcept
{
    if (bucket < 8) {
        return std::chrono::nanoseconds(bucket);
    }
    const std::size_t power = bucket / 8 + 2;
    return std::chrono::nanoseconds(((bucket % 8 + 9) << (power - 3)) - 1);
}

std::string readable(Duration duration)
{
    const auto nanoseconds = static_cast<double>(std::chrono::nanoseconds(duration).count());
    if (nanoseconds < 1e3) {
        return fmt::format("{:.0f} ns", nanoseconds);
    }
    if (nanoseconds < 1e6) {
        return fmt::format("{:.1f} us", nanoseconds / 1e3);
    }
    return nanoseconds < 1e9 ? fmt::format("{:.1f} ms", nanoseconds / 1e6) : fmt::format("{:.2f} s", nanoseconds / 1e9);
}

std::string readable(const std::map<ErrorCode, std::uint64_t>& errors)
{
    std::string text;
    for (const auto& [code, count] : errors) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(code));
    }
    return text.empty() ? "-" : text;
}

/// What is counted of one method, while it is being counted.
struct Counters {
    explicit Counters(std::string full_name, bool server) : method(std::move(full_name)), on_server(server) {}

    void add(ErrorCode code, Duration took) noexcept
    {
        constexpr auto order = std::memory_order_relaxed;
        const auto nanoseconds =
            static_cast<std::uint64_t>(std::max<std::int64_t>(std::chrono::nanoseconds(took).count(), 0));
        by_code[std::min(static_cast<std::size_t>(code), codes - 1)].fetch_add(1, order);
        latencies[bucket_of(nanoseconds)].fetch_add(1, order);
        total.fetch_add(nanoseconds, order);
        std::uint64_t known = longest.load(order);
        while (known < nanoseconds && !longest.compare_exchange_weak(known, nanoseconds, order)) {
        }
    }

    MethodMetrics read() const
    {
        MethodMetrics metrics;
        metrics.method = method;
        metrics.on_server = on_server;
        for (std::size_t code = 0; code < codes; ++code) {
            const std::uint64_t count = by_code[code].load(std::memory_order_relaxed);
            metrics.calls += count;
            if (count != 0 && static_cast<ErrorCode>(code) != ErrorCode::ok) {
                metrics.errors[static_cast<ErrorCode>(code)] = count;
            }
        }
        for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
            if (const std::uint64_t count = latencies[bucket].load(std::memory_order_relaxed)) {
                metrics.latencies.push_back({longest_of(bucket), count});
            }
        }
        metrics.total = std::chrono::nanoseconds(total.load(std::memory_order_relaxed));
        metrics.longest = std::chrono::nanoseconds(longest.load(std::memory_order_relaxed));
        return metrics;
    }

    void reset() noexcept
    {
        for (auto& count : by_code) {
            count.store(0, std::memory_order_relaxed);
        }
        for (auto& count : latencies) {
            count.store(0, std::memory_order_relaxed);
        }
        total.store(0, std::memory_order_relaxed);
        longest.store(0, std::memory_order_relaxed);
    }

    const std::string method;
    const bool on_server;
    std::array<std::atomic<std::uint64_t>, codes> by_code{};
    std::array<std::atomic<std::uint64_t>, buckets> latencies{};
    std::atomic<std::uint64_t> total{0};
    std::atomic<std::uint64_t> longest{0};
};

}  // namespace

std::uint64_t MethodMetrics::failures() const noexcept
{
    return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& error) { return sum + error.second; });
}

Duration MethodMetrics::mean() const noexcept
{
    return calls != 0 ? total / static_cast<Duration::rep>(calls) : Duration::zero();
}

Duration MethodMetrics::percentile(double share) const noexcept
{
    std::uint64_t counted = 0;
    for (const Bucket& bucket : latencies) {
        counted += bucket.calls;
    }
    const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(counted));
    std::uint64_t seen = 0;
    for (const Bucket& bucket : latencies) {
        seen += bucket.calls;
        if (static_cast<double>(seen) >= wanted) {
            return std::min(bucket.longest, longest);
        }
    }
    return Duration::zero();
}

/// Counters stay where they are until the sink goes.
class MetricsSink::Table {
public:
    Counters& of(const MethodCall& call)
    {
        auto& methods = by_side_[call.on_server ? 1 : 0];
        {
            const std::shared_lock lock(mutex_);
            if (const auto found = methods.find(&call.method); found != methods.end()) {
                return *found->second;
            }
        }
        const std::unique_lock lock(mutex_);
        auto& counters = methods[&call.method];
        if (counters == nullptr) {
            counters = std::make_unique<Counters>(full_name(call), call.on_server);
        }
        return *counters;
    }

    std::vector<MethodMetrics> read() const
    {
        std::vector<MethodMetrics> all;
        const std::shared_lock lock(mutex_);
        for (const auto& methods : by_side_) {
            for (const auto& [descriptor, counters] : methods) {
                if (MethodMetrics metrics = counters->read(); metrics.calls != 0) {
                    all.push_back(std::move(metrics));
                }
            }
        }
        std::ranges::sort(all, {},
                          [](const MethodMetrics& metrics) { return std::pair(metrics.method, metrics.on_server); });
        return all;
    }

    void reset()
    {
        const std::shared_lock lock(mutex_);
        for (const auto& methods : by_side_) {
            for (const auto& [descriptor, counters] : methods) {
                counters->reset();
            }
        }
    }

private:
    using Methods = std::unordered_map<const MethodDescriptor*, std::unique_ptr<Counters>>;

    mutable std::shared_mutex mutex_;
    std::array<Methods, 2> by_side_;
};

MetricsSink::MetricsSink(const Clock& clock) : clock_(clock), table_(std::make_unique<Table>()) {}

MetricsSink::~MetricsSink() = default;

void MetricsSink::process(MethodCall& call, FunctionRef<void()> next)
{
    observe(call, next, clock_, [this](const MethodCall& over, Duration took, const std::exception_ptr& outcome) {
        count(over, took, outcome);
    });
}

CallEnd MetricsSink::begin(MethodCall& /*call*/)
{
    return observe_later(clock_, [this](const MethodCall& over, Duration took, const std::exception_ptr& outcome) {
        count(over, took, outcome);
    });
}

void MetricsSink::count(const MethodCall& call, Duration took, const std::exception_ptr& outcome) noexcept
{
    try {
        table_->of(call).add(code_of(outcome), took);
    } catch (...) {
        // Out of memory for a method that was not called before: the call itself is not to suffer.
    }
}

std::vector<MethodMetrics> MetricsSink::snapshot() const
{
    return table_->read();
}

void MetricsSink::reset()
{
    table_->reset();
}

std::string to_table(const std::vector<MethodMetrics>& metrics)
{
    std::size_t width = std::string_view("method").size();
    for (const MethodMetrics& method : metrics) {
        width = std::max(width, method.method.size());
    }
    constexpr std::string_view row = "{:<{}}  {:<6}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}  {}\n";
    std::string table =
        fmt::format(row, "method", width, "side", "calls", "mean", "p50", "p90", "p99", "longest", "errors");
    for (const MethodMetrics& method : metrics) {
        table +=
            fmt::format(row, method.method, width, method.on_server ? "server" : "client", method.calls,
                        readable(method.mean()), readable(method.percentile(0.5)), readable(method.percentile(0.9)),
                        readable(method.percentile(0.99)), readable(method.longest), readable(method.errors));
    }
    return table;
}

}  // namespace remoting
