// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/named_mutex.hpp>
#include <remoting/lifetime/clock.hpp>

#include <optional>

namespace remoting {

/// Until `deadline`: `infinite` when there is none, not less than zero.
Duration time_left(TimePoint deadline) noexcept;

/// By which all who write into a durable slot take turns, and tell its owner that they did: SQLite alone would let them
/// sleep and try again. In memory that they share, in two files beside the database, which are gone with their last
/// user; where the file system has no files without a name, which these begin as, in the directory of shared memory.
class SlotTurn final {
public:
    /// @throws RemotingError storage_full, permission_denied
    explicit SlotTurn(const Database& database);

    using Lock = NamedMutex::Lock;
    /// @throws RemotingError deadline_exceeded, executed no
    [[nodiscard]] Lock take(TimePoint deadline);
    /// Nothing when others had it for so long.
    [[nodiscard]] std::optional<Lock> try_take(Duration longest);

    NamedEvent& written() noexcept { return written_; }

private:
    explicit SlotTurn(const Database& database, const SharedMemoryOptions& place);

    const ObjectUrl url_;
    NamedMutex writing_;
    NamedEvent written_;
};

}  // namespace remoting
