// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "retry.hpp"
#include "session_objects.hpp"
#include "world.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/method_call.hpp>
#include <remoting/messaging/object_url.hpp>
#include <remoting/proxies/call_options.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace remoting {

/// Where a proxy's calls go: an object named in a URL, over whatever connection there is to its server; or one that
/// was received over a connection, and ends with its session. Shared by the proxies of one object. Thread-safe.
class RemoteReference {
public:
    /// An object of a server, by name.
    RemoteReference(std::shared_ptr<World> world, ObjectUrl url, std::string uri);
    /// An object the peer of `connection` sent a reference to.
    RemoteReference(std::shared_ptr<World> world, std::shared_ptr<Connection> connection,
                    std::shared_ptr<SessionObjects> session, std::string uri);
    /// Of an object of this world.
    RemoteReference(std::shared_ptr<World> world, std::shared_ptr<Connection> home, std::shared_ptr<ObjectEntry> entry);
    /// Lets go of the object.
    ~RemoteReference();
    RemoteReference(const RemoteReference&) = delete;
    RemoteReference& operator=(const RemoteReference&) = delete;

    void call(const InterfaceDescriptor& interface, const MethodDescriptor& method, Values values,
              const CallOptions& options);
    /// Waits for a sign of life of the object's server. @throws RemotingError
    void ping(Duration longest);

    const std::string& uri() const noexcept { return uri_; }
    World& world() const noexcept { return *world_; }
    unsigned lane() const noexcept { return session_ != nullptr ? session_->lane.load() : lane_; }
    /// That it was received in; null for others.
    const std::shared_ptr<SessionObjects>& session() const noexcept { return session_; }
    /// Whether a call that did not leave may be made again: there will be another connection if need be.
    bool is_lasting() const { return session_ == nullptr ? !is_received_ : session_->is_dialed && !is_over(); }
    /// Whether its session was lost, and may go on.
    bool awaits_return() const { return session_ != nullptr && session_->is_dialed && session_->needs_connection(); }
    /// "tcp://127.0.0.1:6100" or the peer's address.
    const std::string& address() const noexcept { return address_; }
    /// Another object of the same server, reached as this one.
    std::shared_ptr<RemoteReference> beside(std::string uri) const;
    /// Whether `connection` leads to the object.
    bool is_at(const Connection& connection) const;
    bool is_received() const noexcept { return is_received_; }
    const ObjectUrl& url() const noexcept { return session_ != nullptr ? session_->url : url_; }
    ObjectAlias& alias() noexcept { return alias_; }

    /// The connection to use now; null when one has to be made.
    std::shared_ptr<Connection> ready_connection() const;
    void set_connection(const std::shared_ptr<Connection>& connection);
    /// Its session's connection is closed, and need not be kept for it.
    void forget_connection() noexcept;
    /// @throws RemotingError connection_lost where no new connection can lead to the object
    void check_lasting() const;
    /// The one that leads to the object, now that there is a fresh one to its endpoint: that one, or for a received object the one
    /// that its session goes on over. @throws RemotingError connection_lost while there is none
    std::shared_ptr<Connection> own_connection(std::shared_ptr<Connection> fresh) const;
    /// Around the time a call waits for a connection without a thread. Calls find none ready until the last one was
    /// sent or has failed, or they would overtake.
    void begin_wait();
    /// @param connection null when the call got none
    void end_wait(const std::shared_ptr<Connection>& connection);
    /// When a call that is made now ends at the latest: the first of `call`, `proxy`, the IDL and the Client's options
    /// that says something, and never later than the call being served.
    TimePoint deadline_of(const MethodDescriptor& method, const CallOptions& call, const CallOptions& proxy) const;
    /// What a call that is made now carries: the current context, and what the options add.
    static CallContext context_of(const CallOptions& call, const CallOptions& proxy);
    /// What came back with a call: to the call's own context, and to what is current for this thread.
    static void merge_changes(CallContext& sent, const CallContext& changes);
    RetryPlan plan_of(const MethodDescriptor& method, const CallOptions& call, const CallOptions& proxy) const;
    ErrorOrigin origin(const InterfaceDescriptor& interface, const MethodDescriptor& method) const;
    /// @throws RemotingError
    [[noreturn]] void raise(ErrorCode code, Executed executed, const std::string& cause, ErrorOrigin origin) const;

    /// The object, if it is this world's own; else null.
    const std::shared_ptr<ObjectEntry>& home_entry() const noexcept { return home_entry_; }

    // The session's, under its mutex:
    std::uint32_t received = 0;     ///< how often
    std::uint64_t received_in = 0;  ///< the session's generation then

private:
    bool is_over() const { return session_->phase() == SessionObjects::Phase::over; }
    std::shared_ptr<Connection> connection(TimePoint deadline);
    void send(const MethodCall& call, RetryPlan plan, Overflow overflow);
    void attempt(const MethodCall& call, Overflow overflow, std::shared_ptr<Connection>& used, IncomingReply& reply);

    const std::shared_ptr<World> world_;
    const ObjectUrl url_;
    const std::string uri_;
    const std::string address_;
    const bool is_received_;
    const unsigned lane_ = 0;  ///< of the connections to its endpoint, always the same, so that calls keep their order
    const std::shared_ptr<SessionObjects> session_;
    const std::shared_ptr<ObjectEntry> home_entry_;
    ObjectAlias alias_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<Connection> connection_;
    std::size_t waiting_ = 0;
};

}  // namespace remoting
