// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "adaptive_spin.hpp"
#include "call_queue.hpp"
#include "connection_mutex.hpp"
#include "large_frames.hpp"
#include "stream_world.hpp"
#include "thread_context.hpp"
#include "waiter.hpp"

#include <remoting/channels/connection.hpp>
#include <remoting/messaging/frame_decoder.hpp>
#include <remoting/messaging/handshake.hpp>
#include <remoting/messaging/outbox.hpp>
#include <remoting/messaging/pending_calls.hpp>
#include <remoting/messaging/served_calls.hpp>

#include <array>
#include <cstdint>
#include <deque>
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
/// The code is in seven files: this class's life (stream_connection.cpp), calls out that a thread waits for
/// (stream_calls.cpp) and those that none waits for (stream_started.cpp), requests on their way (stream_requests.cpp),
/// frames in (stream_frames.cpp), calls in (stream_serving.cpp), bytes in and out (stream_io.cpp).
class StreamConnection final : public Connection {
public:
    StreamConnection(StreamWorld& world, std::unique_ptr<ByteStream> stream, std::string address);
    ~StreamConnection() override;

    // Connection:
    IncomingReply call(OutgoingCall& call) override;
    void send(OutgoingCall& call) override;
    void start(StartedCall& call) override;
    bool cancel(StartedCall& call, ErrorCode code, const std::string& cause) noexcept override;
    void flush() noexcept override;
    std::stop_token stop_token(std::uint64_t id) override;
    void ping(TimePoint deadline) override;
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
    /// The same without waiting.
    void async_connect(TimePoint deadline, Connected done);
    /// Starts a connection the peer opened; its hello is awaited.
    void start_accepted();

    /// epoll reported `events`; on a worker the connection is served until it is idle.
    void on_ready(std::uint32_t events, bool on_worker);
    /// How soon the monitor is to look at it again.
    enum class Watched : std::uint8_t {
        not_at_all,  ///< nothing is going on
        calmly,      ///< short calls follow each other
        closely,
    };
    /// Looks after servants that take long, idle connections and stalled writes.
    Watched monitor_tick();
    /// The time wake_at() was told has come: deadlines of started calls, pings.
    void on_wake();

    /// Dispatches a call and sends its reply. Returns who has the object's turn next.
    /// @param has_just_come its deadline cannot have passed
    std::unique_ptr<WaitingCall> execute(IncomingCall& call, bool has_turn, bool has_just_come = false);
    /// Puts the call into its object's queue, or has a worker run it.
    void dispatch_to_worker(IncomingCall call);

    void say_goodbye() noexcept;
    /// Closed, or neither calls run nor bytes wait to leave.
    bool is_drained() const noexcept;
    /// A thread is amid a write, behind which a goodbye may wait.
    bool is_writing() const noexcept;
    std::size_t running_calls() const noexcept { return served_.load(std::memory_order_acquire); }
    /// Puts `call` into the inbox of the first call of its chain, if that waits here.
    bool deliver_to_root(IncomingCall& call);
    bool is_awaited(const CallChain& chain);
    /// A call that was made here, and belongs to the chain, has no reply yet.
    bool needs(const CallChain& chain);
    /// The answer to a call whose servant answered later.
    void finish_deferred(const IncomingCall& call, bool has_turn, ReplyStatus status, Buffer& reply,
                         SentReferences& references) noexcept;
    const Id128& token() const noexcept { return token_; }
    struct Outstanding {
        std::string text;
        std::uint16_t depth;
    };
    /// Replaces `innermost` by a call of the chain that went out here, has no reply, and is nested deeper.
    void look_for_outstanding(const Id128& chain, Outstanding& innermost) const;

private:
    std::shared_ptr<StreamConnection> self() { return std::static_pointer_cast<StreamConnection>(shared_from_this()); }

    using Lock = std::unique_lock<ConnectionMutex>;
    /// A request that waits for one of the peer's places or, one-way, for room on the way to it; or for a long one to
    /// the same object that leaves in pieces.
    struct QueuedRequest {
        OutgoingCall* request;
        PendingCall* call;
        bool one_way;
    };
    /// A frame of which more is to come; `call` and what follows are a request's.
    struct BegunFrame {
        FrameKind kind = FrameKind::request;
        std::uint64_t id = 0;
        std::shared_ptr<const void> arrival{};  ///< so that no release passes it
        IncomingCall call{};
        bool has_references = false;
        bool mentions_objects = false;
        bool is_accepted = false;  ///< or ignored, since the goodbye was said
        std::size_t head_size = 0;
    };
    enum class State : std::uint8_t { handshaking, open, peer_leaving, closed };
    enum class Turnout : std::uint8_t { alive, closed };
    /// What a worker that serves the connection does next.
    enum class Next : std::uint8_t {
        leave,  ///< it is not the reader any more
        rest,   ///< nothing more is read until the peer takes its replies
        look,   ///< for bytes, without sleeping
        wait,
    };

    // Calls out.
    IncomingReply call(OutgoingCall& call, bool one_way);
    void check_usable(const OutgoingCall& call, std::size_t size) const;
    bool must_queue(const OutgoingCall& call, bool one_way) const noexcept;
    bool has_room() const noexcept;
    bool overflows(const OutgoingCall& call) const;
    bool has_place(const QueuedRequest& queued) const noexcept;
    std::size_t unsent_size() const noexcept { return sending_.size() + outbox_.size() + large_.size(); }
    void admit_queued(Lock& lock);
    bool remove_queued(const PendingCall& call) noexcept;
    bool forget_leaving(const StartedCall& call) noexcept;
    void abandon(Lock& lock, std::uint64_t id, ErrorCode why);
    std::array<std::byte, frame_header_size> give_up(std::uint64_t id, ErrorCode why);
    void begin_started(Lock& lock, StartedCall& call);
    bool gathers_one_ways();
    void flush_started(Lock& lock, bool gathers);
    void expire_started(Lock& lock, TimePoint now);
    void check_peer(Lock& lock, TimePoint now);
    bool is_ping_on_its_way();
    void check_use(Lock& lock, TimePoint now, bool holds_objects);
    void leave(Lock& lock);
    void wake_by(Lock& lock, TimePoint when);
    void frames_left(std::size_t bytes);
    Buffer frame_of(OutgoingCall& call, PendingCall* pending, TimePoint now);
    void send_request(Lock& lock, OutgoingCall& call, Waiter* waiter, TimePoint now);
    void fill_head(RequestHead& head, OutgoingCall& call);
    std::uint32_t bind_object(OutgoingCall& call);
    std::uint32_t new_object_alias();
    bool await_reply(Lock& lock, Waiter& waiter, TimePoint deadline, TimePoint now);
    void run_from_inbox(Lock& lock, Waiter& waiter);
    void await_bytes(Lock& lock, Waiter& waiter, Duration remaining);
    IoResult poll_for_bytes(Lock& lock, Waiter& waiter, Duration remaining);
    bool minds_others() const;
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
    Hello own_hello(const Id128& session) const noexcept;
    Turnout handle_held(const FrameHeader& header, const Payload& payload);
    void register_token();
    void has_opened();
    Turnout handle_request(const FrameHeader& header, Payload&& payload);
    Turnout begin_request(const FrameHeader& header, std::span<const std::byte>& body, BegunFrame& begun);
    Turnout finish_request(BegunFrame&& begun, Payload&& payload);
    Turnout handle_beginning(const FrameHeader& header, const Payload& part);
    BegunFrame take_begun(const FrameHeader& header);
    void handle_cancel(std::uint64_t id, ErrorCode why);
    void fail(PendingCall& call, ErrorCode code, Executed executed);
    void fail_queued(ErrorCode code);
    void handle_pong(std::uint64_t id);
    Turnout handle_reply(const FrameHeader& header, Payload&& payload);
    bool accept_references(bool has_references, bool mentions_objects, Payload& payload);
    Turnout handle_release(const Payload& payload);
    void handle_goodbye(std::uint64_t last_accepted);
    void end_if_left(Lock& lock);
    Turnout handle_close(const FrameHeader& header, const Payload& payload);
    Turnout bind_names(const RequestHead& head);
    void forget_object(BoundObject& object);
    Turnout violated(ErrorCode code, const std::string& cause);
    void deliver_arrived(bool serving);
    bool deliver_to_chain(IncomingCall& call);
    void serve();
    void feed_from_poll();
    Next run_ready();
    Next next_read() const;
    IoResult await_request(Next next);
    void send_reply(const IncomingCall& call, ReplyStatus status, Buffer& reply, SentReferences& references);
    bool continues_started(const CallChain& chain) const noexcept;
    bool was_cancelled(const IncomingCall& call);
    void post_call(const std::shared_ptr<ServantExecutor>& executor, std::unique_ptr<WaitingCall> call);
    void one_way_ended();
    void call_ended() noexcept;

    // Bytes.
    IoResult spin_for_bytes();
    void send_frame(Lock& lock, Buffer& frame, Waiter* waiter, std::string_view object);
    void gather(std::span<const std::byte> frame);
    void gather(Buffer&& frame, std::string_view object, StartedCall* sent = nullptr);
    void written(std::size_t bytes, std::size_t small);
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
    std::vector<BegunFrame> begun_;
    AdaptiveSpin spin_;
    std::vector<BoundObject> objects_;
    std::vector<BoundMethod> methods_;
    std::size_t names_cost_ = 0;  ///< of both
    std::vector<IncomingCall> arrived_;

    std::atomic<TimePoint> last_heard_{TimePoint()};

    mutable ConnectionMutex mutex_;  // the rest
    State state_ = State::handshaking;
    std::atomic<bool> is_usable_{false};  ///< open, with no goodbye said
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

    Connected connected_;  ///< of an async_connect() under way

    PendingCalls pending_;
    std::deque<QueuedRequest> queued_;
    std::size_t started_ = 0;  ///< of pending_, those no thread waits for
    struct SentMark {
        std::uint64_t position;
        StartedCall* call;
    };
    std::deque<SentMark> sent_marks_;  ///< one-way calls whose bytes have not left
    std::uint64_t appended_ = 0;       ///< bytes, ever
    std::uint64_t written_ = 0;
    bool flushes_soon_ = false;
    TimePoint last_one_way_{};
    TimePoint next_wake_ = TimePoint::max();
    TimePoint idle_since_{};
    std::uint64_t seen_calls_ = 0;            ///< in both directions, when it was last looked at
    TimePoint ping_sent_ = TimePoint::max();  ///< the ping without an answer; max: none
    std::uint64_t last_ping_ = 0;
    std::uint64_t handed_over_ = 0;    ///< bytes that the transport took, ever
    std::uint64_t taken_ = 0;          ///< of these, what the peer's side had taken when that was last looked at
    std::uint64_t ping_position_ = 0;  ///< what goes before the end of the ping's frame
    std::vector<Waiter*> ping_waiters_;

    ServedCalls served_calls_;  ///< the peer's requests that have no answer yet
    std::atomic<bool> has_cancels_{false};
    std::uint32_t one_ways_ = 0;  ///< the peer's requests without an answer that wait or run
    std::uint64_t last_accepted_ = 0;
    bool said_goodbye_ = false;
    std::atomic<std::size_t> served_{0};
    std::atomic<bool> is_left_{false};  ///< the peer said goodbye

    Outbox sending_;  ///< the writer's while is_writing_
    Outbox outbox_;
    LargeFrames large_;
    std::size_t cut_ = 0;  ///< bytes at the front of sending_, the rest of a piece, that written_ does not count
    StartedCall* cut_call_ = nullptr;  ///< whose frame has left with them
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
    std::pair<const MethodDescriptor*, std::uint32_t> latest_method_{};  ///< of these
};

}  // namespace remoting
