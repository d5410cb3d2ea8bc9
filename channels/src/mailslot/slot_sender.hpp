// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/slot_address.hpp"
#include "named_pipe/deadline_mutex.hpp"
#include "named_pipe/pipe_instance.hpp"

#include <remoting/channels/mailslot.hpp>
#include <remoting/lifetime/clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace remoting {

/// The writing end of a slot. Thread-safe.
class SlotSender {
public:
    virtual ~SlotSender() = default;
    /// Writes an envelope of two parts. @throws RemotingError
    virtual void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) = 0;
    /// The same under an id of the writer's; see MailslotWriter. @throws RemotingError invalid_argument
    virtual void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline,
                      const Id128& id);
    virtual std::size_t message_limit() const noexcept = 0;
};

/// By what the address says. @throws RemotingError
std::unique_ptr<SlotSender> make_sender(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline);

/// To the owner of one volatile slot, or to the one that owns it next.
class VolatileSender final : public SlotSender {
public:
    VolatileSender(const SlotAddress& address, const MailslotOptions& options);
    /// @throws RemotingError connect_failed, deadline_exceeded, permission_denied
    void connect(TimePoint deadline);
    using SlotSender::send;
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override
    {
        send(head, content, WriteTimes(deadline));
    }
    /// What is cut is dropped by its owner, and goes with its connection.
    void send(std::span<const std::byte> head, std::span<const std::byte> content, const WriteTimes& times);
    std::size_t message_limit() const noexcept override { return limit_; }
    /// How many were begun.
    std::uint64_t connections() const noexcept { return connections_; }

private:
    PipeInstance& connected(TimePoint deadline);
    void write(std::span<const std::byte> head, std::span<const std::byte> content, const WriteTimes& times);

    const ObjectUrl url_;
    const MailslotOptions options_;
    std::atomic<std::size_t> limit_;
    std::atomic<std::uint64_t> connections_{0};
    DeadlineMutex turn_;
    std::optional<PendingPipe> pending_;
    std::unique_ptr<PipeInstance> pipe_;
};

}  // namespace remoting
