// SPDX-License-Identifier: BSL-1.0
#include "mailslot/storage_directory.hpp"

#include "socket/file_descriptor.hpp"
#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace remoting {

namespace {

std::string home(const ObjectUrl& url)
{
    if (const char* const value = ::secure_getenv("HOME"); value != nullptr && value[0] == '/') {
        return value;
    }
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        throw_about(url, ErrorCode::permission_denied, "this user has no home to store messages in");
    }
    return entry.pw_dir;
}

std::string choose(const ObjectUrl& url, const std::string& configured)
{
    if (!configured.empty()) {
        return configured;
    }
    const char* const state = ::secure_getenv("XDG_STATE_HOME");
    return (state != nullptr && state[0] == '/' ? std::string(state) : home(url) + "/.local/state") + "/remoting";
}

/// Each directory that leads there and is missing, and its name on the disk: a database is no safer than its
/// directory. When it fails, so does what comes next, and is told. What exists may belong to others and be a link.
void make_directories(const std::string& path)
{
    for (std::size_t slash = 0; slash != std::string::npos;) {
        const std::string parent = slash == 0 ? "/" : path.substr(0, slash);
        slash = path.find('/', slash + 1);
        if (::mkdir(path.substr(0, slash).c_str(), 0700) == 0) {
            const FileDescriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            ::fsync(directory.get());
        }
    }
}

void require_own_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name,
                      const struct stat& status)
{
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || status.st_nlink > 1 ||
        (status.st_mode & 0077) != 0) {
        throw_about(url, ErrorCode::permission_denied,
                    directory.path() + "/" + name + " is not a file of this user alone, with one name and mode 0600");
    }
}

[[noreturn]] void throw_storage(const ObjectUrl& url, int error, const std::string& what)
{
    const bool is_full = error == ENOSPC || error == EDQUOT;
    throw_errno(url, is_full ? ErrorCode::storage_full : ErrorCode::permission_denied, error, what);
}

}  // namespace

PipeDirectory open_storage(const ObjectUrl& url, const std::string& configured)
{
    ObjectUrl plain = url;
    plain.options.erase("directory");
    const DirectoryRules rules{.owner = ::geteuid(), .is_shared = false};
    const std::string path = PipeDirectory::choose(plain, choose(url, configured), rules);
    make_directories(path);
    return PipeDirectory::create(url, path, rules);
}

FileDescriptor open_own_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name)
{
    FileDescriptor file(
        ::openat(directory.descriptor(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        throw_storage(url, errno, "cannot open " + directory.path() + "/" + name);
    }
    require_own_file(url, directory, name, status);
    return file;
}

std::string prepare_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name)
{
    const int at = directory.descriptor();
    if (const FileDescriptor made(::openat(at, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        made) {
        ::fsync(at);
    } else if (errno != EEXIST) {
        throw_storage(url, errno, "cannot make " + directory.path() + "/" + name);
    }
    struct stat status {};
    if (::fstatat(at, (name + "-journal").c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        throw_about(url, ErrorCode::storage_corrupt,
                    directory.path() + "/" + name + "-journal is not of a mailslot, which has none; remove it");
    }
    for (const char* const suffix : {"-wal", "-shm"}) {
        if (::fstatat(at, (name + suffix).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
            require_own_file(url, directory, name + suffix, status);
        }
    }
    if (::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        throw_storage(url, errno, "cannot examine " + directory.path() + "/" + name);
    }
    require_own_file(url, directory, name, status);
    return std::to_string(status.st_dev) + "-" + std::to_string(status.st_ino);
}

}  // namespace remoting
