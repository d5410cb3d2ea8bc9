// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/shared_memory.hpp>
#include <remoting/lifetime/clock.hpp>

#include <memory>
#include <string_view>

namespace remoting {

/// A mutex that processes find by its name; made by whoever asks first. When a thread or process dies that holds it,
/// the next one gets it and is told so, also when nobody else had it open then. Where it lies, and when its name goes,
/// is said in shared_memory.hpp.
///
/// Its memory is written by all who use it, and the C library trusts it: `access` is for users who are trusted with
/// all that this process has, `others` is always read_write. Threads may share one object or have one each.
class NamedMutex final {
    class Record;

public:
    /// @throws RemotingError invalid_url for a bad name, permission_denied, storage_full, storage_corrupt
    explicit NamedMutex(std::string_view name, const SharedMemoryOptions& options = {});

    /// Held by the thread that got it, which is also the one to let it go. Keeps what it needs of the mutex alive.
    class Lock final {
    public:
        Lock(Lock&&) noexcept = default;
        Lock& operator=(Lock&&) = delete;
        ~Lock();
        /// The one who held it before died: what it protects may be half changed.
        bool was_abandoned() const noexcept { return was_abandoned_; }

    private:
        friend class NamedMutex;
        Lock(std::shared_ptr<Record> record, bool was_abandoned) noexcept;
        std::shared_ptr<Record> record_;
        bool was_abandoned_;
    };

    /// @throws RemotingError deadline_exceeded; invalid_argument when this thread holds it already
    [[nodiscard]] Lock lock(Duration timeout);

private:
    std::shared_ptr<Record> record_;
};

}  // namespace remoting
