// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"
#include "mailslot/delivery_mark.hpp"
#include "mailslot/disk_reserve.hpp"
#include "mailslot/message_remover.hpp"
#include "mailslot/slot_address.hpp"
#include "mailslot/slot_store.hpp"
#include "mailslot/slot_turn.hpp"
#include "pipe/pipe_name.hpp"

#include <remoting/channels/mailslot.hpp>
#include <remoting/errors/exceptions.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <string>

namespace remoting {

/// Owns a durable slot. That a message was dealt with is noted at once, in the delivery mark; it is removed at once,
/// too, unless others are writing or the disk is full, and then together with later ones.
///
/// Waits for other processes only where it says so, and lets others ask for the state meanwhile.
class DurableStore final : public SlotStore {
public:
    /// Waits 10 s at most for writers, to set what their limits are; without that the slot works all the same.
    /// @throws RemotingError name_in_use when another process owns it, storage_corrupt, storage_full, permission_denied
    DurableStore(const SlotAddress& address, const MailslotOptions& options, const char* vfs = nullptr);
    ~DurableStore() override;

    State state() override;
    std::vector<WaitingMessage> inspect(std::size_t most) override;
    std::optional<StoredMessage> take(TimePoint deadline) override;
    void done(const StoredMessage& message) override;
    /// Waits 10 s at most for writers; when that is too short they are removed later, but not delivered any more.
    std::size_t purge() override;
    void close() noexcept override;
    const ObjectUrl& endpoint() const noexcept { return database_.url(); }

private:
    struct Fetched {
        DeliveryMark::Message key;
        Bytes content;
    };

    void report(const char* what, const RemotingError& error) const;
    void set_up();
    void find_mark();
    std::optional<StoredMessage> next();
    void fetch();
    enum class WhenFull { later, now };
    void remove_delivered(Duration longest, WhenFull when_full);

    const MailslotOptions options_;
    PipeName owned_;  // its lock; nothing listens
    DiskReserve reserve_;
    Database database_;
    SlotTurn turn_;
    DeliveryMark mark_;
    std::mutex mutex_;  // of what follows, and the database; never held while waiting for the turn
    MessageRemover remover_;
    Statement select_;
    Statement state_;
    Statement inspect_;
    std::deque<Fetched> fetched_;
    DeliveryMark::Message taken_;
    /// Up to here all were fetched, and up to there all were delivered.
    std::int64_t last_fetched_ = 0;
    std::int64_t last_done_ = 0;
    std::atomic<std::size_t> not_removed_{0};  ///< messages that were delivered
    std::atomic<bool> closed_{false};
};

}  // namespace remoting
