// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"
#include "mailslot/disk_reserve.hpp"
#include "mailslot/slot_sender.hpp"
#include "mailslot/slot_turn.hpp"

#include <remoting/messaging/random_source.hpp>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

namespace remoting {

/// Writes into the database of a durable slot, whether its owner runs or not. Threads that write at once share commits:
/// one of them takes the turn and commits for all that have come until then, meanwhile the next ones gather. Processes
/// take turns in committing, but their syncs run at the same time, which the kernel makes few of.
///
/// Each waits until its own deadline: it gives up with executed `no` as long as its message is in no commit, and with
/// `maybe` while another thread is committing it. Who commits for all waits for the disk.
class DurableSender final : public SlotSender {
public:
    DurableSender(const SlotAddress& address, const MailslotOptions& options, const char* vfs = nullptr,
                  Duration longest_wait = std::chrono::seconds(10));

    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline) override;
    /// A message of that id is stored once, until it has been forgotten after its delivery.
    void send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline,
              const Id128& id) override;
    std::size_t message_limit() const noexcept override { return limits_.message_limit; }
    /// How many messages are in no commit yet.
    std::size_t waiting() const;

private:
    struct Request {
        Id128 id;
        Bytes content;
        bool is_done = false;
        std::exception_ptr error = nullptr;
    };
    using Batch = std::vector<std::shared_ptr<Request>>;
    struct Quota {
        std::int64_t message_limit;
        std::int64_t messages_left;
        std::int64_t bytes_left;
    };

    void lead(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Request>& own, TimePoint deadline);
    /// Throws `deadline_exceeded`.
    void leave(const std::shared_ptr<Request>& request);
    /// Takes what waits into `batch`, once it can be committed, and returns when it is on the disk.
    void write(Batch& batch, TimePoint deadline);
    Batch take_batch();
    /// Those of a batch succeed or fail together, but for those that a limit refuses: their errors are set.
    void commit(const Batch& batch);
    void store(const Batch& batch);
    Quota read_quota();

    Database database_;
    MailslotOptions limits_;
    SlotTurn turn_;
    DiskReserve reserve_;
    const Id128 token_;
    Statement insert_;
    Statement count_;
    Statement quota_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t sequence_ = 0;
    Batch waiting_;
    bool is_led_ = false;
};

}  // namespace remoting
