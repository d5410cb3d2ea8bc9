// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/deferred_call.hpp>
#include <remoting/dispatch/object_entry.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace remoting {

class RemoteReference;
class World;

/// Calls to objects of this very world. A reference that comes home to an object that takes turns, answers later or has an
/// executor is a proxy on this, so that it is called as by everybody else: in its turn, where it runs, with copies of the
/// arguments. No bytes leave the process, and a synchronous call runs on its caller's thread. Owned by the world. Thread-safe.
class HomeConnection final : public Connection {
public:
    explicit HomeConnection(World& world);
    ~HomeConnection() override;

    /// Whether callers here need a proxy.
    static bool needs_proxy(const ObjectEntry& entry) noexcept;
    /// One for each object and interface. @throws RemotingError object_not_found
    std::shared_ptr<RemoteObject> proxy_of(const std::shared_ptr<ObjectEntry>& entry,
                                           const InterfaceDescriptor& interface);
    /// A proxy's reference is gone.
    void let_go(const std::shared_ptr<ObjectEntry>& entry) noexcept;

    // Connection:
    IncomingReply call(OutgoingCall& call) override;
    void send(OutgoingCall& call) override;
    void start(StartedCall& call) override;
    bool cancel(StartedCall& call, ErrorCode code, const std::string& cause) noexcept override;
    std::stop_token stop_token(std::uint64_t id) override;
    void release(const std::string&, std::uint32_t, ObjectAlias&) noexcept override {}
    bool is_usable() const noexcept override { return !is_closed_; }
    bool is_closed() const noexcept override { return is_closed_; }
    void close(ErrorCode code, const std::string& cause) noexcept override;
    const std::string& address() const noexcept override { return peer_.address; }
    const PeerIdentity& peer() const noexcept override { return peer_; }
    std::size_t peer_message_limit() const noexcept override;
    ReferenceMarshaller& marshaller() noexcept override;

private:
    class Call;
    class Queued;
    class Deferred;
    class Objects;
    struct Home {
        std::weak_ptr<RemoteReference> alive;
        std::unordered_map<const InterfaceDescriptor*, std::weak_ptr<RemoteObject>> proxies;
    };

    std::shared_ptr<Call> accept(OutgoingCall& request, StartedCall* started);
    void run_aside(const std::shared_ptr<Call>& call);
    void enter(const std::shared_ptr<Call>& call);
    bool give_to_waiting(const std::shared_ptr<Call>& call);
    void wait_for(const std::shared_ptr<Call>& call);
    void run_where_it_belongs(const std::shared_ptr<Call>& call, bool has_turn);
    void execute(const std::shared_ptr<Call>& call, bool has_turn) noexcept;
    void finish(const std::shared_ptr<Call>& call, const ReplyStatus& status, const Buffer& reply) noexcept;
    void pass_on(std::unique_ptr<WaitingCall> next);
    std::shared_ptr<Call> find(std::uint64_t id);
    void forget(const Call& call) noexcept;

    World& world_;
    const PeerIdentity peer_;
    const std::shared_ptr<Objects> objects_;
    std::atomic<bool> is_closed_{false};
    std::mutex mutex_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, std::shared_ptr<Call>> calls_;
    std::unordered_map<std::string, Home> homes_;
};

}  // namespace remoting
