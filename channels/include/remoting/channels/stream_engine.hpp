// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>
#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/connection.hpp>
#include <remoting/channels/peer_session.hpp>
#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace remoting {

struct StreamWorld;

/// Makes connections of byte streams: hello, frames, calls in both directions, the threads that serve them. One for
/// each Client or Server. Thread-safe.
class StreamEngine final {
public:
    using MakeSession = std::function<std::unique_ptr<PeerSession>(Connection&)>;

    /// References must outlive the engine and its connections.
    struct Options {
        const Limits& limits;
        bool adaptive_waiting;
        const Clock& clock;
        RandomSource& random;
        const DispatchSink& dispatch;
        const ServerFormatterSink& formatter;
        MakeSession make_session;
        /// What keeps everything that these refer to, for calls whose servants answer after the engine's end.
        std::function<std::shared_ptr<void>()> keep_alive;
        /// The user's, which then does what threads of the engine's would do; null: none.
        boost::asio::io_context* io_context = nullptr;
        /// Waiting for peers keeps that io_context running.
        bool serves = false;
        /// Told of connections that are open, and of those that are not any more. May be empty.
        std::function<void(const Connection&)> opened{};
        std::function<void(const Connection&, ErrorCode, const std::string& cause)> closed{};
        /// The time wake_at() was told has come; called on the housekeeping thread, which it must not hold up.
        std::function<void()> woken{};
    };

    explicit StreamEngine(const Options& options);
    /// Closes what is open and waits for servants that still run.
    ~StreamEngine();
    StreamEngine(const StreamEngine&) = delete;
    StreamEngine& operator=(const StreamEngine&) = delete;

    boost::asio::io_context& io_context();
    /// Runs `work`, which may wait, on a thread of its own. @throws RemotingError shutting_down
    void run_apart(std::function<void()> work);
    /// Calls Options::woken once, at the earliest time it was told since the last one, or soon after.
    void wake_at(TimePoint when);
    /// Runs `work` on a thread that serves incoming calls; starts one if there is none.
    void run_on_worker(std::function<void()> work);
    /// Threads that serve incoming calls; without any the first incoming call that no waiting thread takes starts one.
    void start_workers(unsigned count);

    /// See ChannelHost.
    std::shared_ptr<Connection> open(std::unique_ptr<ByteStream> stream, std::string address, TimePoint deadline);
    void async_open(std::unique_ptr<ByteStream> stream, std::string address, TimePoint deadline, Connected done);
    void accept(std::unique_ptr<ByteStream> stream, const std::string& local_url) noexcept;

    std::size_t connection_count() const;
    /// The innermost call made from here that belongs to `chain`, is nested deeper, and has no reply yet:
    /// "bank.Ledger.Book on 'ledger' at tcp://127.0.0.1:6100"; empty when there is none.
    std::string outstanding(const CallChain& chain) const;

    struct StopReport {
        std::size_t connections_closed = 0;
        std::size_t calls_cut = 0;  ///< incoming calls that had not ended at the deadline
    };
    /// Says goodbye to all peers, lets running calls end until `deadline`, closes. Idempotent.
    StopReport stop(TimePoint deadline) noexcept;
    /// After stop(): waits for the threads, and so for servants that still run.
    void join() noexcept;

private:
    std::unique_ptr<StreamWorld> world_;
};

}  // namespace remoting
