// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/access_list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remoting {

// Memory that several processes of this machine see, and named objects to coordinate by (named_mutex.hpp,
// named_event.hpp). Names are those of pipes: 1 to 64 of A-Z a-z 0-9 . _ - with no dot in front; memory, mutexes and
// events have names of their own kind.
//
// Where they are: in /dev/shm/remoting-UID, mode 0700; with an access list in /dev/shm/remoting-shared-UID, mode 0711.
// A name is there from the moment it is complete until its last handle has gone. The kernel frees the handles of a
// process that dies; if it held the last one, the name is cleared away when it is used again. Memory that is shared
// with other users goes with the last handle of the user who made it: whoever else has it open keeps what is mapped,
// but nobody finds it any more, and its creator, started again, makes a new one. Mutexes and events, at which all have
// to meet, are kept by every handle.
//
// What one process writes, others may change while you read it: copy it before you check it, if they are not trusted.

enum class View : std::uint8_t { read_only, read_write };

struct SharedMemoryOptions {
    /// Who may open it beside this user; used by whoever creates it.
    AccessList access = {};
    /// What they may do. Who may write may also cut it off: reading beyond its end is then a SIGBUS. Let only those
    /// write whom you trust that far, or use sealed memory.
    View others = View::read_only;
    /// For opening what another user shares, or this user shares with others. Empty: this user's private ones.
    std::optional<std::uint32_t> owner = std::nullopt;
    /// An absolute path instead of the directories above; the same is demanded of it. It must be on tmpfs or another
    /// file system that knows O_TMPFILE and, for users and groups, access control lists.
    std::string directory = {};
};

/// A mapped region; .NET's MemoryMappedFile. Movable; the mapping goes with it. The spans are the same for its whole
/// life and may be used from any thread.
/// Errors: RemotingError, executed `no`.
class SharedMemory final {
public:
    /// Zeroed memory under a new name, with a view to write.
    /// @param size in bytes, at least 1; reserved at once, so that writing cannot fail later
    /// @throws RemotingError name_in_use, storage_full, invalid_argument, invalid_url for a bad name, permission_denied
    static SharedMemory create(std::string_view name, std::size_t size, const SharedMemoryOptions& options = {});
    /// All of an existing one. @throws RemotingError object_not_found, permission_denied, invalid_url
    static SharedMemory open(std::string_view name, View view, const SharedMemoryOptions& options = {});

    /// Memory without a name whose size nobody can change any more (a sealed memfd), to be passed by its descriptor
    /// to a child or through a socket. @param others whether views of others may write
    static SharedMemory create_sealed(std::size_t size, View others);
    /// Maps memory that another process passed; the descriptor is duplicated.
    /// @throws RemotingError permission_denied when it is not sealed against shrinking, or not to be written
    static SharedMemory adopt(int descriptor, View view);

    /// A view of a file, which is written back to it. @param size bytes from its beginning; 0: all of it. A longer
    /// view makes the file longer, a new one if there is none (mode 0600), when it may be written. What may be written
    /// gets its space on the disk at once, where the file system can do that; if there is too little, the file stays as
    /// it was. Nobody may cut the file off meanwhile: reading or writing beyond its end is a SIGBUS then, which no
    /// program here can prevent. For files that others may change, read() them instead.
    /// @throws RemotingError object_not_found, permission_denied, storage_full, invalid_argument
    static SharedMemory map_file(const std::string& path, View view, std::size_t size = 0);

    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&& other) noexcept;
    ~SharedMemory();

    std::size_t size() const noexcept { return bytes().size(); }
    std::span<const std::byte> bytes() const noexcept;
    /// @throws RemotingError permission_denied for a view that is read-only
    std::span<std::byte> writable_bytes();

    /// Writes a file's changes to its disk and waits for that; nothing to do for others. @throws RemotingError
    void flush();
    /// Stays owned by this. Of sealed memory: what to pass to adopt() in another process.
    int descriptor() const noexcept;

private:
    class Mapping;
    explicit SharedMemory(std::unique_ptr<Mapping> mapping) noexcept;
    std::unique_ptr<Mapping> mapping_;
};

}  // namespace remoting
