// SPDX-License-Identifier: BSL-1.0
#include "shared_memory/shared_file.hpp"

#include "shared_memory/file_access.hpp"
#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <thread>
#include <utility>

namespace remoting {

namespace {

/// Others hold the exclusive lock for the moment of looking; who holds it longer is not one of us.
constexpr int attempts = 10'000;
/// How often a file must look used, for it may have been another one who looked.
constexpr int looks = 3;

ObjectUrl url_of(std::string_view name, const SharedMemoryOptions& options)
{
    ObjectUrl url;
    url.scheme = "shm";
    url.host = name;
    if (options.owner) {
        url.options["owner"] = std::to_string(*options.owner);
    }
    require_name(url);
    return url;
}

DirectoryRules rules_of(const ObjectUrl& url, const SharedMemoryOptions& options)
{
    return options.owner ? DirectoryRules::of_client(url) : DirectoryRules::of_server(options.access);
}

PipeDirectory directory_of(const ObjectUrl& url, const SharedMemoryOptions& options, const DirectoryRules& rules)
{
    std::string path =
        options.directory.empty()
            ? (rules.is_shared ? "/dev/shm/remoting-shared-" : "/dev/shm/remoting-") + std::to_string(rules.owner)
            : PipeDirectory::choose(url, options.directory, rules);
    if (rules.owner == ::geteuid()) {
        return PipeDirectory::create(url, path, rules);
    }
    try {
        return PipeDirectory::open(url, path, rules);
    } catch (const RemotingError& error) {
        if (error.code() == ErrorCode::connect_failed) {
            throw_about(url, ErrorCode::object_not_found, "there is no directory " + path);
        }
        throw;
    }
}

bool lock(const FileDescriptor& file, int operation) noexcept
{
    return ::flock(file.get(), operation | LOCK_NB) == 0;
}

}  // namespace

SharedFile::SharedFile(Kind kind, std::string_view name, const SharedMemoryOptions& options)
    : kind_(kind),
      url_(url_of(name, options)),
      name_(std::string(1, static_cast<char>(kind)) + "-" + url_.host),
      options_(options),
      rules_(rules_of(url_, options)),
      directory_(directory_of(url_, options, rules_))
{
}

SharedFile::~SharedFile()
{
    if (file_ && is_ours() && lock(file_, LOCK_EX) && has_name(file_)) {
        const bool has_to_be_told = inspect_ != nullptr && inspect_(region_.bytes());
        if (!has_to_be_told) {
            ::unlinkat(directory_.descriptor(), name_.c_str(), 0);
        }
    }
}

bool SharedFile::is_ours() const noexcept
{
    return rules_.owner == ::geteuid();
}

bool SharedFile::has_name(const FileDescriptor& file) const
{
    struct stat held {};
    struct stat present {};
    return ::fstat(file.get(), &held) == 0 &&
           ::fstatat(directory_.descriptor(), name_.c_str(), &present, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == present.st_dev && held.st_ino == present.st_ino;
}

/// Empty when there is none.
FileDescriptor SharedFile::open_existing(int flags) const
{
    FileDescriptor file(::openat(directory_.descriptor(), name_.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file && errno != ENOENT) {
        throw_errno(url_, ErrorCode::permission_denied, errno, "cannot open " + directory_.path() + "/" + name_);
    }
    struct stat status {};
    if (file && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != rules_.owner)) {
        throw_about(url_, ErrorCode::permission_denied,
                    directory_.path() + "/" + name_ + " is not a file of user " + std::to_string(rules_.owner));
    }
    return file;
}

bool SharedFile::is_abandoned(const FileDescriptor& file) const
{
    int seen = 0;
    for (int i = 0; i < attempts; ++i) {
        if (lock(file, LOCK_EX)) {
            return true;
        }
        if (lock(file, LOCK_SH)) {
            lock(file, LOCK_UN);
            if (++seen == looks) {
                return false;
            }
        }
        std::this_thread::yield();
    }
    throw_about(url_, ErrorCode::resource_exhausted, "somebody keeps " + directory_.path() + "/" + name_ + " locked");
}

void SharedFile::clear_away(const FileDescriptor& file)
{
    struct stat status {};
    if (!has_name(file)) {
        return;
    }
    if (inspect_ != nullptr && ::fstat(file.get(), &status) == 0 && status.st_size > 0) {
        const MappedRegion left(url_, file.get(), static_cast<std::size_t>(status.st_size), View::read_write);
        is_after_a_death_ = inspect_(left.bytes()) || is_after_a_death_;
    }
    ::unlinkat(directory_.descriptor(), name_.c_str(), 0);
}

bool SharedFile::remove_if_abandoned()
{
    const FileDescriptor file = open_existing(inspect_ != nullptr ? O_RDWR : O_RDONLY);
    if (file && !is_abandoned(file)) {
        return false;
    }
    if (file) {
        clear_away(file);
    }
    return true;
}

FileDescriptor SharedFile::make_nameless(std::size_t size) const
{
    const auto fail = [&](int error, const char* what) {
        const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
        throw_errno(url_, is_full ? ErrorCode::storage_full : ErrorCode::permission_denied, error, what);
    };
    FileDescriptor file(::openat(directory_.descriptor(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) {
        fail(errno, "cannot make a file without a name");
    }
    // Reserved now: when a file system is full, writing into a mapping is a signal, not an error.
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size))) {
        fail(error, "cannot reserve the memory");
    }
    if (const int error = set_access(file.get(), options_.access, options_.others)) {
        fail(error, "cannot set the access list");
    }
    return file;
}

/// False when there is a file of that name.
bool SharedFile::give_name(const FileDescriptor& file) const
{
    const std::string self = "/proc/self/fd/" + std::to_string(file.get());
    if (::linkat(AT_FDCWD, self.c_str(), directory_.descriptor(), name_.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return true;
    }
    if (errno != EEXIST) {
        throw_errno(url_, ErrorCode::permission_denied, errno, "cannot name it in " + directory_.path());
    }
    return false;
}

bool SharedFile::try_create(std::size_t size, Initialise initialise)
{
    FileDescriptor file = make_nameless(size);
    MappedRegion region(url_, file.get(), size, View::read_write);
    initialise(region.bytes());
    if (!lock(file, LOCK_SH)) {
        throw_errno(url_, ErrorCode::internal, errno, "cannot lock it");
    }
    while (!give_name(file)) {
        if (!remove_if_abandoned()) {
            return false;
        }
    }
    file_ = std::move(file);
    region_ = std::move(region);
    return true;
}

bool SharedFile::try_open(View view)
{
    for (int i = 0; i < attempts; ++i) {
        FileDescriptor file = open_existing(view == View::read_write ? O_RDWR : O_RDONLY);
        if (!file) {
            return false;
        }
        if (is_abandoned(file)) {
            if (is_ours()) {
                clear_away(file);
            }
            return false;
        }
        const bool keeps_it = is_ours() || kind_ != Kind::memory;
        if ((keeps_it && !lock(file, LOCK_SH)) || !has_name(file)) {
            std::this_thread::yield();
            continue;
        }
        struct stat status {};
        if (::fstat(file.get(), &status) != 0 || status.st_size <= 0) {
            throw_about(url_, ErrorCode::storage_corrupt, directory_.path() + "/" + name_ + " is empty");
        }
        region_ = MappedRegion(url_, file.get(), static_cast<std::size_t>(status.st_size), view);
        file_ = std::move(file);
        return true;
    }
    throw_about(url_, ErrorCode::resource_exhausted, "somebody keeps " + directory_.path() + "/" + name_ + " locked");
}

void SharedFile::create(std::size_t size, Initialise initialise)
{
    if (size == 0 || size > static_cast<std::size_t>(std::numeric_limits<off_t>::max())) {
        throw_about(url_, ErrorCode::invalid_argument, "shared memory has a size of at least one byte");
    }
    if (options_.owner) {
        throw_about(url_, ErrorCode::invalid_argument, "only what exists can be had from an owner");
    }
    if (!try_create(size, initialise)) {
        throw_about(url_, ErrorCode::name_in_use, "there is a '" + url_.host + "' already");
    }
}

void SharedFile::open(View view)
{
    if (!try_open(view)) {
        throw_about(url_, ErrorCode::object_not_found, "there is no '" + url_.host + "' in " + directory_.path());
    }
}

void SharedFile::open_or_create(std::size_t size, Initialise initialise, Inspect inspect)
{
    inspect_ = inspect;
    while (!try_open(View::read_write) && !try_create(size, initialise)) {
    }
}

}  // namespace remoting
