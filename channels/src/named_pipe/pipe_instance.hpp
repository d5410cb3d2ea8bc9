// SPDX-License-Identifier: BSL-1.0
#pragma once

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

/// What a server says first: "RMTP", version 1, its mode, two zero bytes, its message limit as u32.
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

/// One end of a connected pipe; see NamedPipe for what it promises.
class PipeInstance final {
public:
    /// @param instances null at the client's end; else one was taken, and is given back when this goes
    PipeInstance(ObjectUrl url, PipeSocket pipe, PipeGreeting greeting, std::shared_ptr<PipeInstances> instances);
    ~PipeInstance();
    PipeInstance(const PipeInstance&) = delete;
    PipeInstance& operator=(const PipeInstance&) = delete;

    const PipeGreeting& greeting() const noexcept { return greeting_; }
    const PeerIdentity& peer() const noexcept { return pipe_.peer; }

    const ObjectUrl& url() const noexcept { return url_; }

    /// A message of two parts, of which either may be empty.
    void write(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline);
    std::optional<Bytes> read(TimePoint deadline);
    void close() noexcept;

private:
    /// Bytes received; 0 at the end.
    std::size_t receive(std::span<std::byte> room, TimePoint deadline);
    std::optional<Bytes> read_message(TimePoint deadline);
    [[noreturn]] void throw_error(ErrorCode code, Executed executed, std::string cause) const;

    const ObjectUrl url_;
    const PipeSocket pipe_;
    const PipeGreeting greeting_;
    const std::shared_ptr<PipeInstances> instances_;
    MessageReader reader_;
    std::atomic<bool> closed_{false};
};

/// Connects and waits for the greeting. @param limit of messages that this side takes
/// @throws RemotingError as NamedPipe::connect
std::unique_ptr<PipeInstance> connect_instance(const ObjectUrl& url, const PipePlace& place, std::size_t limit,
                                               TimePoint deadline);

}  // namespace remoting
