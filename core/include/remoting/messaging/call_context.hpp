// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remoting {

/// Key-value data that flows with a call to its servant and on to the calls that one makes, and back: what was set on
/// the way is set in the caller's context when the call is over, whether it succeeded or not. .NET's logical call
/// context. A value; not thread-safe. Empty, it costs nothing.
///
/// An erased key does not travel back, and neither does `traceparent`, which tells a servant whom it works for.
class CallContext {
public:
    static constexpr std::size_t entries_limit = 64;
    /// Bytes of all keys and values, and 4 for each entry.
    static constexpr std::size_t size_limit = std::size_t{8} * 1024;
    /// W3C Trace Context; see trace_parent.hpp. Its values are checked.
    static constexpr std::string_view traceparent = "traceparent";

    struct Entry {
        std::string key;
        std::string value;
        bool is_changed = false;  ///< set here, not received: goes back with the reply
    };

    CallContext() noexcept = default;
    /// @throws as set() does
    CallContext(std::initializer_list<std::pair<std::string_view, std::string_view>> entries);

    /// Adds or replaces.
    /// @throws RemotingError invalid_argument: an empty key, text that is not UTF-8, a malformed `traceparent`;
    ///         limit_exceeded: more than the limits above. Executed: no; nothing is changed.
    void set(std::string_view key, std::string_view value);
    /// False when there was none.
    bool erase(std::string_view key) noexcept;
    /// Null when there is none; until the context is changed.
    const std::string* find(std::string_view key) const noexcept;
    /// Sets everything that `other` has. @throws RemotingError limit_exceeded; some may be set then
    void merge(const CallContext& other);

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }
    /// In the order of the keys' bytes.
    std::vector<Entry>::const_iterator begin() const noexcept { return entries_.begin(); }
    std::vector<Entry>::const_iterator end() const noexcept { return entries_.end(); }

    /// What counts against size_limit.
    static constexpr std::size_t cost(std::string_view key, std::string_view value) noexcept
    {
        return 4 + key.size() + value.size();
    }

private:
    friend CallContext decode_context(std::string_view block);

    std::vector<Entry>::iterator position_of(std::string_view key) noexcept;
    std::size_t cost() const noexcept;

    std::vector<Entry> entries_;
};

/// The context that calls made by this thread carry, and that their changes come back to: inside a servant that of the
/// call being served, also in coroutines of servants, whichever thread resumes them; inside a CallContextScope that
/// scope's; in the handler of an asynchronous call, or what a coroutine does up to its next suspension, that call's,
/// unless the handler runs inside one of the former. Null elsewhere.
CallContext* call_context() noexcept;

/// Makes a context current for this thread; scopes nest, and the inner one counts. Changes stay in the scope. Not to be
/// kept across a co_await: there, CallOptions::context passes a context with a call.
class CallContextScope {
public:
    CallContextScope();  ///< begins with a copy of what is current, if anything is
    explicit CallContextScope(CallContext context) noexcept;
    ~CallContextScope();
    CallContextScope(const CallContextScope&) = delete;
    CallContextScope& operator=(const CallContextScope&) = delete;

    CallContext& context() noexcept { return context_; }

private:
    CallContext context_;
    CallContext* const outer_;
};

}  // namespace remoting
