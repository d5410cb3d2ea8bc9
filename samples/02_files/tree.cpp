// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"

#include <remoting/serialization/utf8.hpp>

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <system_error>

namespace files {
namespace {

int open_beneath_once(int root, const char* path, int flags)
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how));
}

Kind kind_of(mode_t mode)
{
    if (S_ISREG(mode)) {
        return Kind::File;
    }
    if (S_ISDIR(mode)) {
        return Kind::Folder;
    }
    return S_ISLNK(mode) ? Kind::Link : Kind::Other;
}

struct stat status_of(const Descriptor& found, const std::string& path)
{
    struct stat status;
    if (fstat(found.get(), &status) != 0) {
        throw_file_error(path, errno);
    }
    return status;
}

/// Nothing when the target is not UTF-8. @param name "" for the descriptor itself
std::optional<std::string> link_target(int descriptor, const char* name)
{
    char target[PATH_MAX];
    const ssize_t size = readlinkat(descriptor, name, target, sizeof target);
    if (size < 0 || !remoting::is_utf8({target, static_cast<std::size_t>(size)})) {
        return std::nullopt;
    }
    return std::string(target, static_cast<std::size_t>(size));
}

Entry to_entry(const std::string& name, const struct stat& status, std::optional<std::string> target)
{
    using namespace std::chrono;
    Entry entry;
    entry.name = name;
    entry.kind = kind_of(status.st_mode);
    entry.size = static_cast<std::uint64_t>(status.st_size);
    entry.modified = remoting::Timestamp(duration_cast<remoting::Timestamp::duration>(
        seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec)));
    entry.target = std::move(target);
    return entry;
}

void check_kind(const Descriptor& found, const std::string& path, Kind wanted)
{
    const Kind kind = kind_of(status_of(found, path).st_mode);
    if (kind != wanted) {
        throw WrongKind(path, wanted == Kind::File ? "this is not a file" : "this is not a folder", kind);
    }
}

}  // namespace

void throw_file_error(const std::string& path, int error)
{
    const std::string reason = std::system_category().message(error);
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
            throw NotFound(path, reason);
        case EACCES:
        case EPERM:
            throw NotPermitted(path, reason);
        case EXDEV:
            throw OutsideRoot(path, "the path leads out of the folder that is served");
        default:
            throw FileError(path, reason);
    }
}

Tree::Tree(const std::string& root) : root_(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))
{
    if (root_.get() < 0) {
        throw std::system_error(errno, std::system_category(), "cannot serve " + root);
    }
    const Descriptor self(open_beneath_once(root_.get(), ".", O_PATH));
    if (self.get() < 0) {
        throw std::system_error(errno, std::system_category(), "cannot use openat2(2) of Linux 5.6 below " + root);
    }
}

Descriptor Tree::open_beneath(const std::string& path, int flags) const
{
    if (path.find('\0') != std::string::npos) {
        throw_file_error(path, ENOENT);
    }
    for (int attempt = 1;; ++attempt) {
        Descriptor descriptor(open_beneath_once(root_.get(), path.empty() ? "." : path.c_str(), flags));
        if (descriptor.get() >= 0) {
            return descriptor;
        }
        // EAGAIN: somebody renames folders just now, and the kernel cannot tell whether `..` would lead out.
        const bool again = errno == EINTR || errno == EAGAIN;
        if (!again || attempt == 100) {
            throw_file_error(path, errno);
        }
    }
}

Descriptor Tree::open_file(const std::string& path) const
{
    return open_kind(path, Kind::File, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

Descriptor Tree::open_folder(const std::string& path) const
{
    return open_kind(path, Kind::Folder, O_RDONLY | O_DIRECTORY);
}

Descriptor Tree::open_kind(const std::string& path, Kind wanted, int flags) const
{
    // Looked at before it is opened, because to open a device or a queue may have effects; and again behind that,
    // because it may be another one by then.
    check_kind(open_beneath(path, O_PATH), path, wanted);
    Descriptor opened = open_beneath(path, flags);
    check_kind(opened, path, wanted);
    return opened;
}

Entry Tree::describe(const std::string& path) const
{
    const Descriptor found = open_beneath(path, O_PATH | O_NOFOLLOW);
    const struct stat status = status_of(found, path);
    std::optional<std::string> target;
    if (S_ISLNK(status.st_mode)) {
        target = link_target(found.get(), "");
    }
    return to_entry(path.substr(path.rfind('/') + 1), status, std::move(target));
}

Entry describe_in(const Descriptor& folder, const std::string& name)
{
    struct stat status;
    if (fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        throw std::system_error(errno, std::system_category(), name);
    }
    std::optional<std::string> target;
    if (S_ISLNK(status.st_mode)) {
        target = link_target(folder.get(), name.c_str());
    }
    return to_entry(name, status, std::move(target));
}

}  // namespace files
