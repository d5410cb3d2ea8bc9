// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"
#include "mailslot/slot_address.hpp"
#include "mailslot/slot_store.hpp"
#include "pipe/pipe_name.hpp"

#include <remoting/channels/mailslot.hpp>
#include <remoting/channels/named_event.hpp>
#include <remoting/channels/named_mutex.hpp>
#include <remoting/errors/exceptions.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <string>

namespace remoting {

/// Of the event by which writers tell the owner of a slot that they have committed, and of the mutex by which all who
/// write take turns: SQLite alone would let them sleep and try again.
std::string durable_name(const Database& database);

/// Owns a durable slot. A message is removed in a transaction of its own after it was dealt with: without a sync,
/// because a kill does not undo that, and after a loss of power it is merely delivered again.
class DurableStore final : public SlotStore {
public:
    /// @throws RemotingError name_in_use when another process owns it, storage_corrupt, permission_denied
    DurableStore(const SlotAddress& address, const MailslotOptions& options, const char* vfs = nullptr);

    State state() override;
    std::optional<StoredMessage> take(TimePoint deadline) override;
    void done(const StoredMessage& message) override;
    std::size_t purge() override;
    void close() noexcept override;
    const ObjectUrl& endpoint() const noexcept { return database_.url(); }

private:
    void report(const char* what, const RemotingError& error) const;
    void fetch();
    std::size_t remove_up_to(std::int64_t position);

    const MailslotOptions options_;
    Database database_;
    PipeName owned_;  // its lock; nothing listens
    NamedEvent written_;
    NamedMutex writing_;
    std::mutex mutex_;  // of what follows, and the database
    Statement select_;
    Statement state_;
    Statement remember_;
    Statement measure_;
    Statement delete_;
    Statement count_;
    Statement forget_;
    std::deque<StoredMessage> fetched_;
    std::int64_t last_taken_ = 0;
    /// Up to here all were delivered by this process, even if the disk is too full to write that down.
    std::int64_t last_done_ = 0;
    std::atomic<bool> closed_{false};
};

}  // namespace remoting
