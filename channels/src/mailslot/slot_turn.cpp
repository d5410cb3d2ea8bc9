// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_turn.hpp"

#include "socket/file_descriptor.hpp"
#include "socket/url_rules.hpp"

#include <remoting/errors/exceptions.hpp>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace remoting {

namespace {

SharedMemoryOptions place_of(const PipeDirectory& storage)
{
    const FileDescriptor probe(::openat(storage.descriptor(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    SharedMemoryOptions place;
    if (probe || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
        place.directory = storage.path();
    }
    return place;
}

/// Errors of shared memory name that, and not the slot that needs it.
template <class F>
auto about_slot(const ObjectUrl& url, F make)
{
    try {
        return make();
    } catch (const RemotingError& error) {
        throw_about(url, error.code(), "cannot take turns in writing: " + error.cause());
    }
}

}  // namespace

Duration time_left(TimePoint deadline) noexcept
{
    return deadline == TimePoint::max() ? infinite : std::max(deadline - system_clock().now(), Duration::zero());
}

SlotTurn::SlotTurn(const Database& database) : SlotTurn(database, place_of(database.directory())) {}

SlotTurn::SlotTurn(const Database& database, const SharedMemoryOptions& place)
    : url_(database.url()),
      writing_(about_slot(url_, [&] { return NamedMutex("slot-" + database.identity(), place); })),
      written_(about_slot(url_, [&] { return NamedEvent("slot-" + database.identity(), place); }))
{
}

SlotTurn::Lock SlotTurn::take(TimePoint deadline)
{
    if (auto lock = try_take(time_left(deadline))) {
        return std::move(*lock);
    }
    throw_about(url_, ErrorCode::deadline_exceeded, "others were still writing at the deadline");
}

std::optional<SlotTurn::Lock> SlotTurn::try_take(Duration longest)
{
    try {
        return writing_.lock(longest);
    } catch (const RemotingError& error) {
        if (error.code() == ErrorCode::deadline_exceeded) {
            return std::nullopt;
        }
        throw_about(url_, error.code(), "cannot take turns in writing: " + error.cause());
    }
}

}  // namespace remoting
