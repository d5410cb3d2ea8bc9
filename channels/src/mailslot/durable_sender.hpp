// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"
#include "mailslot/slot_sender.hpp"

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/named_mutex.hpp>
#include <remoting/messaging/random_source.hpp>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <vector>

namespace remoting {

/// Writes into the database of a durable slot, whether its owner runs or not. Threads that write at once share commits:
/// one of them commits for all that have come, meanwhile the next ones gather. Processes take turns in committing, but
/// their syncs run at the same time, which the kernel makes few of.
class DurableSender final : public SlotSender {
public:
    DurableSender(const SlotAddress& address, const MailslotOptions& options, const char* vfs = nullptr);

    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override;
    /// A message of that id is stored once, until it has been forgotten after its delivery.
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline,
              const Id128& id) override;
    std::size_t message_limit() const noexcept override { return limits_.message_limit; }

private:
    struct Request {
        Id128 id;
        Bytes content;
        bool is_done = false;
        std::exception_ptr error = nullptr;
    };
    using Batch = std::vector<Request*>;
    struct Quota {
        std::int64_t message_limit;
        std::int64_t messages_left;
        std::int64_t bytes_left;
    };

    void lead(std::unique_lock<std::mutex>& lock, TimePoint deadline);
    /// Sets errors. Those of a batch fail or succeed together, but for those that a limit refuses.
    void commit(const Batch& batch, TimePoint deadline) noexcept;
    void commit_and_sync(const Batch& batch, TimePoint deadline);
    void commit_in_turn(const Batch& batch);
    void store(const Batch& batch);
    Quota read_quota();

    Database database_;
    MailslotOptions limits_;
    NamedEvent written_;
    NamedMutex writing_;
    const Id128 token_;
    Statement insert_;
    Statement count_;
    Statement quota_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t sequence_ = 0;
    Batch waiting_;
    bool is_led_ = false;
};

}  // namespace remoting
