// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/shared_memory.hpp>
#include <remoting/lifetime/clock.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace remoting {

/// An event that processes find by its name; made by whoever asks first. It counts: any number of waiters each see
/// that it happened since they last looked, none can miss it or take it away from another, and it does not matter who
/// of them dies. Where it lies, and when its name goes, is said in shared_memory.hpp.
/// Thread-safe.
class NamedEvent final {
public:
    /// With `owner` in the options it is opened to wait only, and must exist.
    /// @throws RemotingError object_not_found, invalid_url for a bad name, permission_denied, storage_full,
    ///         storage_corrupt
    explicit NamedEvent(std::string_view name, const SharedMemoryOptions& options = {});
    NamedEvent(NamedEvent&&) noexcept;
    NamedEvent& operator=(NamedEvent&&) noexcept;
    ~NamedEvent();

    /// Counts one more and wakes all who wait. @throws RemotingError permission_denied when it was opened to wait only
    void signal();
    /// How often it happened, modulo 2^32.
    std::uint32_t count() const noexcept;
    /// Waits until count() is not `seen` and returns it; nothing when the time is over.
    std::optional<std::uint32_t> wait(std::uint32_t seen, Duration timeout) const;

private:
    class Record;
    std::unique_ptr<Record> record_;
};

}  // namespace remoting
