// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "named_pipe/deadline_mutex.hpp"
#include "named_pipe/message_reader.hpp"
#include "pipe/pipe_endpoint.hpp"

#include <remoting/channels/named_pipe.hpp>
#include <remoting/errors/error_code.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace remoting {

/// What both ends say first: "RMTP", version 2, the mode, two zero bytes, the message limit as u32. The server's mode
/// counts. A writer of a mailslot says nothing.
struct PipeGreeting {
    static constexpr std::size_t size = 12;
    PipeMode mode = PipeMode::message;
    std::size_t message_limit = 0;

    std::array<std::byte, size> encode() const noexcept;
    /// Nothing when it is not a greeting of this version. Hostile.
    static std::optional<PipeGreeting> decode(std::span<const std::byte, size> bytes) noexcept;
};

/// How many pipes of a server are open. Shared, because they may outlive it.
class PipeInstances final {
public:
    explicit PipeInstances(std::size_t limit) noexcept : limit_(limit) {}
    /// Takes one as soon as there is one. False at the deadline, or once closed.
    bool take(TimePoint deadline);
    void give_back() noexcept;
    void close() noexcept;
    bool is_closed() const;
    std::size_t taken() const;

private:
    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t taken_ = 0;
    bool closed_ = false;
};

/// How long a message may take.
struct WriteTimes {
    WriteTimes(TimePoint deadline) noexcept  // NOLINT: one deadline for all of it is a time, too
        : begin(deadline),
          end(deadline)
    {
    }
    WriteTimes(TimePoint begin_by, TimePoint end_by, Duration longest_standstill) noexcept
        : begin(begin_by),
          end(end_by),
          standstill(longest_standstill)
    {
    }
    TimePoint begin;                 ///< nothing of it has gone until then: it is given up
    TimePoint end;                   ///< it is cut
    Duration standstill = infinite;  ///< once it has begun: nobody reads for so long, and it is cut
};

/// One end of a connected pipe; see NamedPipe for what it promises.
class PipeInstance final {
public:
    /// The client's end. @param greeting the server's mode and the limit that both agree to
    PipeInstance(ObjectUrl url, PipeSocket pipe, PipeGreeting greeting);
    /// The server's end, which has yet to hear what the client says first. @param greeting what the server has said
    /// @param instances one was taken, and is given back when this goes
    PipeInstance(ObjectUrl url, PipeSocket pipe, PipeGreeting greeting, std::shared_ptr<PipeInstances> instances);
    ~PipeInstance();
    PipeInstance(const PipeInstance&) = delete;
    PipeInstance& operator=(const PipeInstance&) = delete;

    PipeMode mode() const noexcept { return greeting_.mode; }
    /// Of messages to be written; at the server's end its own until the client has said what it takes.
    std::size_t message_limit() const noexcept { return limit_; }
    const PeerIdentity& peer() const noexcept { return pipe_.peer; }

    /// A message of two parts, of which either may be empty.
    void write(std::span<const std::byte> head, std::span<const std::byte> content, const WriteTimes& times);
    std::optional<Bytes> read(TimePoint deadline);
    void close() noexcept;

private:
    /// Bytes received; 0 at the end.
    std::size_t receive(std::span<std::byte> room, TimePoint deadline);
    std::optional<Bytes> read_message(TimePoint deadline);
    /// Waits for what the client says first. False when it is gone instead.
    bool hear_greeting(TimePoint deadline);
    [[noreturn]] void throw_error(ErrorCode code, Executed executed, std::string cause) const;

    const ObjectUrl url_;
    const PipeSocket pipe_;
    const PipeGreeting greeting_;
    const std::shared_ptr<PipeInstances> instances_;
    MessageReader reader_;
    std::atomic<std::size_t> limit_;
    std::atomic<bool> closed_{false};
    std::atomic<bool> has_heard_;
    DeadlineMutex hearing_;  // whoever reads or writes first hears the greeting
    std::array<std::byte, PipeGreeting::size> heard_{};
    std::size_t heard_size_ = 0;
};

/// A pipe that has been connected to, and waits for its server to take this client on.
class PendingPipe final {
public:
    /// @param limit of messages that this side takes
    /// @param only_writes this side does not say that limit
    /// @throws RemotingError as NamedPipe::connect
    PendingPipe(ObjectUrl url, const PipePlace& place, std::size_t limit, bool only_writes, TimePoint deadline);

    /// Null when it has not been taken on until the deadline; it can be asked again. @throws RemotingError
    std::unique_ptr<PipeInstance> wait(TimePoint deadline);

private:
    const ObjectUrl url_;
    const std::size_t limit_;
    const bool only_writes_;
    PipeSocket pipe_;
    std::array<std::byte, PipeGreeting::size> greeting_{};
    std::size_t received_ = 0;
};

}  // namespace remoting
