// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "adaptive_spin.hpp"
#include "call_queue.hpp"
#include "stream_world.hpp"
#include "thread_context.hpp"
#include "waiter.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/messaging/frame_decoder.hpp>
#include <remoting/messaging/handshake.hpp>
#include <remoting/messaging/outbox.hpp>
#include <remoting/messaging/pending_calls.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace remoting {

/// Bytes for a peer that does not take them, above which nothing more is done for it.
inline constexpr std::size_t backlog_limit = std::size_t{1024} * 1024;

/// A connection over a byte stream.
///
/// One thread at a time reads it, the reader: a caller that waits for its reply, a worker that serves the peer's
/// calls, or nobody while epoll watches. The role moves under the mutex; channels/README.md has the picture.
/// The code is in four files: this class's life (stream_connection.cpp), calls out (stream_calls.cpp), frames and
/// calls in (stream_serving.cpp), bytes in and out (stream_io.cpp).
class StreamConnection final : public Connection {
public:
    StreamConnection(StreamWorld& world, std::unique_ptr<ByteStream> stream, std::string address);
    ~StreamConnection() override;

    // Connection:
    IncomingReply call(OutgoingCall& call) override;
    void send(OutgoingCall& call) override;
    void release(const std::string& uri, std::uint32_t count, ObjectAlias& alias) noexcept override;
    bool is_usable() const noexcept override;
    bool is_closed() const noexcept override;
    void close(ErrorCode code, const std::string& cause) noexcept override;
    const std::string& address() const noexcept override { return address_; }
    const PeerIdentity& peer() const noexcept override { return stream_->peer(); }
    std::size_t peer_message_limit() const noexcept override { return peer_hello_.maximum_message; }
    ReferenceMarshaller& marshaller() noexcept override { return *session_; }

    /// Exchanges hellos on a connection this side opened, and starts it. @throws RemotingError
    void connect(TimePoint deadline);
    /// Starts a connection the peer opened; its hello is awaited.
    void start_accepted();

    /// epoll reported `events`; on a worker the connection is served until it is idle.
    void on_ready(std::uint32_t events, bool on_worker);
    /// Looks after servants that take long, idle connections and stalled writes; false when nothing is going on.
    bool monitor_tick();

    /// Dispatches a call and sends its reply. Returns who has the object's turn next.
    std::unique_ptr<WaitingCall> execute(IncomingCall& call, bool has_turn);
    /// Puts the call into its object's queue, or has a worker run it.
    void dispatch_to_worker(IncomingCall call);

    void say_goodbye() noexcept;
    std::size_t running_calls() const noexcept { return served_.load(std::memory_order_acquire); }
    /// Puts `call` into the inbox of the first call of its chain, if that waits here.
    bool deliver_to_root(IncomingCall& call);
    bool is_awaited(const CallChain& chain);
    const Id128& token() const noexcept { return token_; }

private:
    std::shared_ptr<StreamConnection> self() { return std::static_pointer_cast<StreamConnection>(shared_from_this()); }

    using Lock = std::unique_lock<std::mutex>;
    enum class State : std::uint8_t { handshaking, open, peer_leaving, closed };
    enum class Turnout : std::uint8_t { alive, closed };

    // Calls out.
    void check_usable(const OutgoingCall& call, std::size_t size) const;
    void await_credit(Lock& lock, const OutgoingCall& call);
    void send_request(Lock& lock, OutgoingCall& call, bool has_references, Waiter* waiter);
    void fill_head(RequestHead& head, OutgoingCall& call);
    std::uint32_t bind_object(OutgoingCall& call);
    std::uint32_t new_object_alias();
    bool await_reply(Lock& lock, Waiter& waiter, TimePoint deadline);
    void run_from_inbox(Lock& lock, Waiter& waiter);
    void await_bytes(Lock& lock, Waiter& waiter, TimePoint deadline);
    IoResult poll_for_bytes(Lock& lock, Waiter& waiter, Duration remaining);
    bool take_reading();
    void leave_reading(Lock& lock);
    void yield_reading();
    void pass_on_ready();
    IncomingReply finish_call(Waiter& waiter, bool timed_out) const;

    // Frames and calls in. The reader's, without the lock unless it is passed.
    Turnout feed(const IoResult& result);
    Turnout handle_bytes(const IoResult& result);
    bool expects_calls() const noexcept { return was_accepted_ || session_->expects_calls(); }
    Turnout handle_frame(const FrameHeader& header, Payload&& payload);
    Turnout handle_hello(const Payload& payload);
    Hello own_hello() const noexcept;
    void register_token();
    Turnout handle_request(const FrameHeader& header, Payload&& payload);
    Turnout handle_reply(const FrameHeader& header, Payload&& payload);
    bool accept_references(bool has_references, Payload& payload);
    Turnout handle_release(const Payload& payload);
    void handle_goodbye(std::uint64_t last_accepted);
    void end_if_left(Lock& lock);
    Turnout handle_close(const FrameHeader& header, const Payload& payload);
    Turnout bind_names(const RequestHead& head);
    void forget_object(BoundObject& object);
    Turnout violated(ErrorCode code, const std::string& cause);
    void deliver_arrived(bool serving);
    void serve();
    void feed_from_poll();
    bool run_ready();
    IoResult await_request();
    void send_reply(const IncomingCall& call, ReplyStatus status, Buffer& reply, SentReferences& references);
    void one_way_ended();
    void call_ended() noexcept;

    // Bytes.
    IoResult spin_for_bytes();
    void send_frame(Lock& lock, Buffer& frame, Waiter* waiter);
    void send_small(Lock& lock, std::span<const std::byte> frame);
    void flush(Lock& lock);
    void watch(Lock& lock);
    void hand_reading_to_epoll(Lock& lock);
    void end(Lock& lock, ErrorCode code, const std::string& cause) noexcept;
    void touch(Lock& lock);
    bool is_reader() const noexcept { return reader_ == &this_thread(); }
    bool is_backlogged() const noexcept;

    StreamWorld& world_;
    const std::unique_ptr<ByteStream> stream_;
    const std::string address_;
    const Id128 token_;
    std::uint64_t serial_ = 0;
    std::unique_ptr<PeerSession> session_;
    Hello peer_hello_;  // set before the connection is open

    // The reader's:
    FrameDecoder decoder_;
    AdaptiveSpin spin_;
    std::vector<BoundObject> objects_;
    std::vector<BoundMethod> methods_;
    std::size_t names_cost_ = 0;  ///< of both
    std::vector<IncomingCall> arrived_;

    mutable std::mutex mutex_;  // the rest
    State state_ = State::handshaking;
    ErrorCode close_code_ = ErrorCode::connection_lost;
    std::string close_cause_;

    /// Null: nobody. &watched_: epoll, for whom watch() asked. Else the reading thread's context.
    const void* reader_ = nullptr;
    char watched_ = 0;
    std::vector<Waiter*> parked_;
    CallQueue ready_;  ///< arrived, for the reader to run
    bool is_running_inline_ = false;
    std::uint64_t inline_runs_ = 0;
    std::uint64_t seen_inline_runs_ = 0;
    std::uint64_t reads_ = 0;
    std::uint64_t seen_reads_ = 0;
    unsigned quiet_ticks_ = 0;
    std::atomic<bool> is_hot_{false};
    bool was_accepted_ = false;
    TimePoint hello_deadline_ = TimePoint::max();

    PendingCalls pending_;
    std::condition_variable credit_;
    std::uint32_t waiting_for_credit_ = 0;
    std::uint32_t in_flight_ = 0;  ///< the peer's requests that have no answer yet
    std::uint32_t one_ways_ = 0;   ///< the peer's requests without an answer that wait or run
    std::uint64_t last_accepted_ = 0;
    bool said_goodbye_ = false;
    std::atomic<std::size_t> served_{0};
    std::atomic<bool> is_left_{false};  ///< the peer said goodbye

    Outbox sending_;  ///< the writer's while is_writing_
    Outbox outbox_;
    bool is_writing_ = false;
    bool is_blocked_ = false;  ///< the peer takes no more bytes now
    TimePoint blocked_since_{};
    bool is_paused_ = false;  ///< epoll does not watch for requests until the replies have left

    // Aliases of this side's calls.
    std::uint32_t last_object_alias_ = 0;
    std::vector<std::uint32_t> free_object_aliases_;
    std::vector<std::uint32_t> object_alias_costs_;
    std::size_t object_aliases_cost_ = 0;
    std::uint32_t passing_alias_ = 0;  ///< defined anew in each request, for objects that have none of their own
    std::uint32_t last_method_alias_ = 0;
    std::unordered_map<const MethodDescriptor*, std::uint32_t> method_aliases_;
};

}  // namespace remoting
