// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "pipe/pipe_directory.hpp"
#include "shared_memory/mapped_region.hpp"
#include "socket/file_descriptor.hpp"

#include <remoting/channels/shared_memory.hpp>
#include <remoting/messaging/object_url.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remoting {

/// A file in a private or shared directory of a memory file system, mapped, that is there as long as somebody has it
/// open. Each holder has a shared lock on it (flock); whoever of its owner finds that nobody else has one removes the
/// name. The kernel drops the locks of processes that die. A file gets its name when it is complete, so that nobody
/// sees it half made.
///
/// Other users' handles of memory have no lock: they must not keep a dead creator's name from the next one. Those of
/// mutexes and events do, whose users have to meet at the same one.
class SharedFile final {
public:
    enum class Kind : char { memory = 'm', mutex = 'l', event = 'e' };
    using Initialise = void (*)(std::span<std::byte>);
    /// Whether somebody died in the middle of using it, which the next one has yet to be told. Of a file that nobody
    /// else has; hostile. It is left behind then.
    using Inspect = bool (*)(std::span<std::byte>);

    SharedFile(Kind kind, std::string_view name, const SharedMemoryOptions& options);
    /// Removes the name if this is the last handle.
    ~SharedFile();
    SharedFile(const SharedFile&) = delete;
    SharedFile& operator=(const SharedFile&) = delete;

    // One of these, once.
    /// @throws RemotingError name_in_use, storage_full
    void create(std::size_t size, Initialise initialise);
    /// @throws RemotingError object_not_found
    void open(View view);
    void open_or_create(std::size_t size, Initialise initialise, Inspect inspect = nullptr);

    const ObjectUrl& url() const noexcept { return url_; }
    const MappedRegion& region() const noexcept { return region_; }
    int descriptor() const noexcept { return file_.get(); }
    /// What `inspect` said of a file that was cleared away for this one.
    bool is_after_a_death() const noexcept { return is_after_a_death_; }

private:
    bool try_create(std::size_t size, Initialise initialise);
    bool try_open(View view);
    FileDescriptor open_existing(int flags) const;
    FileDescriptor make_nameless(std::size_t size) const;
    bool give_name(const FileDescriptor& file) const;
    bool has_name(const FileDescriptor& file) const;
    bool is_ours() const noexcept;
    /// Whether nobody has it; then it is locked exclusively.
    bool is_abandoned(const FileDescriptor& file) const;
    void clear_away(const FileDescriptor& file);
    /// True when the name is free now: there was none, or it was of the dead.
    bool remove_if_abandoned();

    const Kind kind_;
    const ObjectUrl url_;
    const std::string name_;
    const SharedMemoryOptions options_;
    const DirectoryRules rules_;
    PipeDirectory directory_;
    FileDescriptor file_;
    MappedRegion region_;
    Inspect inspect_ = nullptr;
    bool is_after_a_death_ = false;
};

}  // namespace remoting
