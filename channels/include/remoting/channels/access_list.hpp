// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <vector>

namespace remoting {

/// Who may use a pipe, a mailslot or shared memory beside the user who made it. By default nobody: what belongs to one
/// user lies in a directory that is closed to all others. As soon as the list names somebody, it lies in a directory
/// that others may pass through but neither list nor change, and each of them is checked against the list.
///
/// Root gets no exception from a pipe; the file system gives it one for shared memory. User 65534 stands for all users
/// that are unknown in this user namespace and counts only as one of `everyone`.
struct AccessList {
    std::vector<std::uint32_t> users = {};   ///< effective user ids
    std::vector<std::uint32_t> groups = {};  ///< group ids, of members by their primary or a supplementary group
    bool everyone = false;

    bool is_owner_only() const noexcept { return users.empty() && groups.empty() && !everyone; }
};

}  // namespace remoting
