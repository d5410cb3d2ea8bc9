// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/slot_address.hpp"
#include "named_pipe/pipe_instance.hpp"

#include <remoting/channels/mailslot.hpp>
#include <remoting/lifetime/clock.hpp>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

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
    /// False when it is of no use any more.
    virtual bool is_usable() const noexcept { return true; }
};

/// By what the address says. @throws RemotingError
std::unique_ptr<SlotSender> make_sender(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline);

/// To the owner of one volatile slot.
class VolatileSender final : public SlotSender {
public:
    VolatileSender(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline);
    using SlotSender::send;
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override;
    std::size_t message_limit() const noexcept override { return pipe_->greeting().message_limit; }
    bool is_usable() const noexcept override { return is_usable_; }

private:
    const std::unique_ptr<PipeInstance> pipe_;
    std::mutex mutex_;
    std::atomic<bool> is_usable_{true};
};

/// To all slots whose names match, as they are when a message is sent. A slot that does not take it misses it.
class GroupSender final : public SlotSender {
public:
    GroupSender(const SlotAddress& address, const MailslotOptions& options);
    using SlotSender::send;
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override;
    std::size_t message_limit() const noexcept override { return options_.message_limit; }

private:
    void find_slots(TimePoint deadline);

    const SlotAddress address_;
    const MailslotOptions options_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<VolatileSender>> slots_;
};

}  // namespace remoting
