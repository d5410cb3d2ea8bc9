// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "waits.hpp"

#include <remoting/dispatch/function_ref.hpp>
#include <remoting/errors/error_code.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/proxies/event_sources.hpp>
#include <remoting/proxies/proxy_target.hpp>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace remoting::detail {

/// The subscriber's end of a subscription, wherever its publisher is: calls the handler, and knows whether it still may.
/// What stands for it at the publisher is a "ticket", an object whose end unsubscribes. Thread-safe.
class EventReceiver : public std::enable_shared_from_this<EventReceiver> {
public:
    EventReceiver(const EventDescriptor& event, EventHandler handler, SubscriptionOptions options, Log log);

    const EventDescriptor& event() const noexcept { return event_; }
    const SubscriptionOptions& options() const noexcept { return options_; }

    /// Calls the handler; false when it was ended or throws, which is logged.
    bool call(Values values) noexcept;
    /// Where call() is called, before the event behind those that were lost.
    void add_dropped(std::uint64_t count) noexcept;
    std::uint64_t dropped() const noexcept;
    bool is_active() const noexcept;

    /// The handle's end.
    void end() noexcept;
    /// The publisher's end.
    void end_by_publisher(ErrorCode code, const std::string& why) noexcept;

    /// Subscribes to an object elsewhere, and again when `options.resubscribe` says so. @throws RemotingError
    void subscribe(const ProxyTarget& target, const InterfaceDescriptor& interface);
    /// It is subscribed.
    void set_ticket(std::shared_ptr<RemoteObject> ticket);
    /// The peer let go of what stands for this at its side, or the connection ended.
    void sink_gone(std::uint64_t attempt) noexcept;

private:
    struct Origin {
        ProxyTarget target;
        const InterfaceDescriptor& interface;
        std::size_t method;
    };
    struct Attempt;

    /// False when it was ended or `call` throws.
    bool guarded(FunctionRef<void(const EventHandler&)> call) noexcept;
    std::shared_ptr<const EventHandler> enter();
    void leave(std::shared_ptr<const EventHandler> handler) noexcept;
    std::uint64_t next_attempt();
    void lost() noexcept;
    void try_again_later(Duration pause) noexcept;
    void try_again(Duration pause) noexcept;
    void finish(std::exception_ptr why) noexcept;
    void tell(std::function<void()> callback) noexcept;

    const EventDescriptor& event_;
    const SubscriptionOptions options_;
    const Log log_;
    mutable std::mutex mutex_;
    std::condition_variable left_;
    std::shared_ptr<const EventHandler> handler_;  ///< null: ended
    std::vector<std::thread::id> running_;
    std::uint64_t dropped_ = 0;
    std::shared_ptr<RemoteObject> ticket_;
    std::shared_ptr<const Origin> origin_;  ///< of an object elsewhere
    std::uint64_t attempt_ = 0;  ///< the latest
    Waits::Ticket wait_ = 0;
};

}  // namespace remoting::detail
