// SPDX-License-Identifier: BSL-1.0
#include "trace_sink.hpp"

#include <remoting/errors/exceptions.hpp>

#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

namespace {

using remoting::CallContext;
using remoting::MethodCall;
using remoting::TraceParent;
using Clock = std::chrono::steady_clock;

const std::string prefix = "span/";

std::string name_of(std::uint64_t span)
{
    std::string digits(16, '0');
    std::snprintf(digits.data(), digits.size() + 1, "%016llx", static_cast<unsigned long long>(span));
    return digits;
}

/// A call under way.
struct Span {
    std::uint64_t parent;
    std::uint64_t own;
    Clock::time_point start = Clock::now();
};

/// Empty when nobody asked for a trace.
std::optional<Span> open(MethodCall& call)
{
    const auto parent = trace_parent(call.context);
    if (!parent) {
        return std::nullopt;
    }
    const TraceParent own = parent->child();
    call.context.set(CallContext::traceparent, own.to_string());
    return Span{parent->span, own.span};
}

void close(const MethodCall& call, const std::optional<Span>& span, bool succeeded)
{
    CallContext* const context = remoting::call_context();  // the caller's on a client, the call's on a server
    if (!span || context == nullptr) {
        return;
    }
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - span->start);
    std::ostringstream line;
    line << name_of(span->parent) << ' ' << call.interface.name << '.' << call.method.name << ' '
         << (call.on_server ? "server" : "client") << ' ' << took.count() << ' ' << (succeeded ? "ok" : "failed");
    try {
        context->set(prefix + name_of(span->own), line.str());
    } catch (const remoting::RemotingError&) {
        // A long trace is cut off; the call it is about must not suffer.
    }
}

struct Row {
    std::string span;
    std::string method{};
    std::string side{};
    double microseconds = 0;
    std::string outcome{};
};

using Rows = std::multimap<std::string, Row>;  // by parent

void print(std::ostream& out, const Rows& rows, const std::string& parent, std::size_t depth)
{
    const auto [first, last] = rows.equal_range(parent);
    for (auto row = first; row != last; ++row) {
        char text[200];
        const std::string name = std::string(2 * depth, ' ') + row->second.method;
        std::snprintf(text, sizeof text, "%-32.100s  %-6.6s  %9.2f ms  %.6s\n", name.c_str(), row->second.side.c_str(),
                      row->second.microseconds / 1000, row->second.outcome.c_str());
        out << text;
        if (depth < 32) {
            print(out, rows, row->second.span, depth + 1);
        }
    }
}

}  // namespace

void TraceSink::process(MethodCall& call, remoting::FunctionRef<void()> next)
{
    const auto span = open(call);
    try {
        next();
    } catch (...) {
        close(call, span, false);
        throw;
    }
    close(call, span, true);
}

remoting::CallEnd TraceSink::begin(MethodCall& call)
{
    return
        [span = open(call)](MethodCall& over, std::exception_ptr& outcome) { close(over, span, outcome == nullptr); };
}

std::string to_table(const CallContext& context, const TraceParent& root)
{
    Rows rows;
    for (const auto& entry : context) {
        if (entry.key.starts_with(prefix)) {
            std::istringstream words(entry.value);
            std::string parent;
            Row row{entry.key.substr(prefix.size())};
            words >> parent >> row.method >> row.side >> row.microseconds >> row.outcome;
            rows.emplace(parent, row);
        }
    }
    std::ostringstream table;
    table << "trace " << root.trace.to_string() << '\n';
    print(table, rows, name_of(root.span), 0);
    return table.str();
}
