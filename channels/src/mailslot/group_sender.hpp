// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/rare_log.hpp"
#include "mailslot/slot_sender.hpp"

#include <remoting/errors/exceptions.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace remoting {

/// To all slots whose names match, as they are when a message is sent. One whose owner stands still keeps a message
/// from the others for a moment, once: it is not waited for again until it takes messages. What a slot misses is
/// counted and logged, at most once a second and at the end. A message that no slot took although some are owned is an
/// error: what kept the last one from taking it.
class GroupSender final : public SlotSender {
public:
    GroupSender(const SlotAddress& address, const MailslotOptions& options);
    ~GroupSender() override;
    using SlotSender::send;
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override;
    std::size_t message_limit() const noexcept override { return options_.message_limit; }

private:
    struct Member {
        Member(const SlotAddress& address, const MailslotOptions& options) : sender(address, options) {}
        bool stands_still() const noexcept { return problem && problem->code() == ErrorCode::deadline_exceeded; }
        /// Nobody owns it any more.
        bool is_dead() const noexcept { return problem && problem->code() == ErrorCode::connect_failed; }
        bool is_reported() const noexcept { return missed == reported; }
        /// Its owner, that of this connection, stood still when it was waited for.
        bool is_laggard() const noexcept { return stood_still == sender.connections(); }

        VolatileSender sender;
        std::uint64_t stood_still = 0;
        std::uint64_t missed = 0;
        std::uint64_t reported = 0;
        std::optional<RemotingError> problem = std::nullopt;  ///< why it did not take the message
    };

    void find_slots();
    void report() noexcept;

    const SlotAddress address_;
    const MailslotOptions options_;
    DeadlineMutex turn_;
    std::map<std::string, Member> members_;
    RareLog log_;
};

}  // namespace remoting
