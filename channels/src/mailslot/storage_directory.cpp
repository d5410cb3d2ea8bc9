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

/// All but the last component; what exists may belong to others and be a link.
void make_parents(const std::string& path)
{
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        ::mkdir(path.substr(0, slash).c_str(), 0700);  // when it fails, so does what comes next, and is told
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

}  // namespace

PipeDirectory open_storage(const ObjectUrl& url, const std::string& configured)
{
    ObjectUrl plain = url;
    plain.options.erase("directory");
    const DirectoryRules rules{.owner = ::geteuid(), .is_shared = false};
    const std::string path = PipeDirectory::choose(plain, choose(url, configured), rules);
    make_parents(path);
    return PipeDirectory::create(url, path, rules);
}

std::string prepare_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name)
{
    const int at = directory.descriptor();
    if (const FileDescriptor made(::openat(at, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        made) {
        ::fsync(at);
    } else if (errno != EEXIST) {
        const int error = errno;
        throw_errno(url, error == ENOSPC || error == EDQUOT ? ErrorCode::storage_full : ErrorCode::permission_denied,
                    error, "cannot make " + directory.path() + "/" + name);
    }
    struct stat status {};
    for (const char* const suffix : {"-wal", "-shm"}) {
        if (::fstatat(at, (name + suffix).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
            require_own_file(url, directory, name + suffix, status);
        }
    }
    if (::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        throw_errno(url, ErrorCode::permission_denied, errno, "cannot examine " + directory.path() + "/" + name);
    }
    require_own_file(url, directory, name, status);
    return std::to_string(status.st_dev) + "-" + std::to_string(status.st_ino);
}

}  // namespace remoting
