// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/database.hpp"

#include <remoting/channels/mailslot.hpp>

#include <cstdint>

namespace remoting {

/// No slot comes to so many messages; and behind the largest integer SQLite finds no place for another one.
inline constexpr std::int64_t last_position = std::int64_t{1} << 62U;

/// Makes the rows of a slot's database what its owner relies on, whoever wrote them: removes messages that are none,
/// counts the others, and sets what the owner allows. Who calls it has the turn to write.
/// @returns how many were removed. @throws RemotingError storage_full, storage_corrupt, resource_exhausted
std::int64_t repair(Database& database, const MailslotOptions& limits);

}  // namespace remoting
