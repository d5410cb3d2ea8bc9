// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"
#include "mailslot/disk_reserve.hpp"

#include <cstddef>
#include <cstdint>

namespace remoting {

/// Removes messages that were delivered from the database of a slot, and remembers their ids for a while; also when the
/// disk is full, which then may shorten that while. In commits of their own without a sync: a kill does not undo them.
///
/// Not thread-safe. Who uses it has the turn to write.
class MessageRemover final {
public:
    /// @param remembered_ids how many of the last ones
    MessageRemover(Database& database, DiskReserve& reserve, std::size_t remembered_ids);

    /// All up to that one. False when the disk is too full for it.
    /// @throws RemotingError resource_exhausted, storage_corrupt
    bool try_remove_up_to(std::int64_t position);
    /// The same with all that is left of the disk, which takes several syncs.
    /// @throws RemotingError storage_full, resource_exhausted, storage_corrupt
    void remove_on_a_full_disk(std::int64_t position);

private:
    enum class Growth { allowed, none };
    bool remove_some(std::int64_t position, std::int64_t most, Growth growth);
    bool forget_some();

    Database& database_;
    DiskReserve& reserve_;
    const std::int64_t remembered_;
    Statement measure_;
    Statement remember_;
    Statement delete_;
    Statement count_;
    Statement forget_;
    Statement oldest_;
};

}  // namespace remoting
