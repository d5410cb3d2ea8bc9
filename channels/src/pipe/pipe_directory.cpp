// SPDX-License-Identifier: BSL-1.0
#include "pipe/pipe_directory.hpp"

#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace remoting {

namespace {

bool is_own_directory(const std::string& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

/// The parent may be a symbolic link (/var/run), the directory itself may not.
FileDescriptor open_parent(const std::string& path)
{
    const auto slash = path.rfind('/');
    const std::string parent = slash == 0 ? "/" : path.substr(0, slash);
    return FileDescriptor(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/// What others share may be passed through, not read.
FileDescriptor open_leaf(const FileDescriptor& parent, const std::string& path, const DirectoryRules& rules)
{
    const std::string leaf = path.substr(path.rfind('/') + 1);
    const int purpose = rules.owner == ::geteuid() ? O_RDONLY : O_PATH;
    return FileDescriptor(
        ::openat(parent.get(), leaf.empty() ? "." : leaf.c_str(), purpose | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

[[noreturn]] void throw_unusable(const ObjectUrl& url, int error, const std::string& path)
{
    const bool planted = error == ENOTDIR || error == ELOOP;
    throw_errno(url, ErrorCode::permission_denied, error,
                planted ? path + " is not a directory, or a symbolic link" : "cannot use the directory " + path);
}

void require_rules(const ObjectUrl& url, const FileDescriptor& directory, const std::string& path,
                   const DirectoryRules& rules)
{
    struct stat status {};
    if (::fstat(directory.get(), &status) != 0) {
        throw_unusable(url, errno, path);
    }
    if (status.st_uid != rules.owner) {
        throw_about(url, ErrorCode::permission_denied,
                    "the directory " + path + " belongs to user " + std::to_string(status.st_uid) + ", not to user " +
                        std::to_string(rules.owner));
    }
    if (!rules.is_shared && (status.st_mode & 0077) != 0) {
        throw_about(url, ErrorCode::permission_denied,
                    "the directory " + path + " is open to other users; its mode must be 0700");
    }
    if (rules.is_shared && ((status.st_mode & 0022) != 0 || (status.st_mode & 0011) != 0011)) {
        throw_about(url, ErrorCode::permission_denied,
                    "the directory " + path +
                        " must let other users pass and not let them change anything; its mode must be 0711");
    }
}

/// Those that a user may choose with XDG_RUNTIME_DIR, which belongs to one user alone.
std::string default_private_directory()
{
    // secure_getenv: a set-user-id program does not let its caller choose.
    if (const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
        runtime != nullptr && runtime[0] == '/' && is_own_directory(runtime)) {
        return std::string(runtime) + "/remoting";
    }
    const std::string user = std::to_string(::geteuid());
    const std::string run = "/run/user/" + user;
    return is_own_directory(run) ? run + "/remoting" : "/tmp/remoting-" + user;
}

}  // namespace

DirectoryRules DirectoryRules::of_server(const AccessList& access)
{
    return {.owner = ::geteuid(), .is_shared = !access.is_owner_only()};
}

DirectoryRules DirectoryRules::of_client(const ObjectUrl& url)
{
    const auto option = url.options.find("owner");
    if (option == url.options.end()) {
        return {.owner = ::geteuid(), .is_shared = false};
    }
    const std::string& text = option->second;
    uid_t owner = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), owner);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "the owner of " + url.scheme + "://" + url.host + " must be the number of a user");
    }
    return {.owner = owner, .is_shared = true};
}

std::string PipeDirectory::choose(const ObjectUrl& url, const std::string& configured, const DirectoryRules& rules)
{
    const auto option = url.options.find("directory");
    std::string path = option != url.options.end() ? option->second : configured;
    if (option != url.options.end() || !path.empty()) {
        if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
            throw RemotingError(ErrorCode::invalid_url, Executed::no,
                                "the directory of " + url.scheme + "://" + url.host + " must be an absolute path");
        }
        while (path.size() > 1 && path.back() == '/') {
            path.pop_back();
        }
        return path;
    }
    return rules.is_shared ? "/tmp/remoting-shared-" + std::to_string(rules.owner) : default_private_directory();
}

PipeDirectory::PipeDirectory(FileDescriptor directory, std::string path)
    : directory_(std::move(directory)),
      path_(std::move(path))
{
}

PipeDirectory PipeDirectory::create(const ObjectUrl& url, const std::string& path, const DirectoryRules& rules)
{
    const std::string leaf = path.substr(path.rfind('/') + 1);
    const FileDescriptor parent = open_parent(path);
    const bool is_new = parent && !leaf.empty() && ::mkdirat(parent.get(), leaf.c_str(), 0700) == 0;
    if (!parent || (!leaf.empty() && !is_new && errno != EEXIST)) {
        throw_unusable(url, errno, path);
    }
    FileDescriptor directory = open_leaf(parent, path, rules);
    if (!directory || (is_new && rules.is_shared && ::fchmod(directory.get(), 0711) != 0)) {
        throw_unusable(url, errno, path);
    }
    require_rules(url, directory, path, rules);
    return {std::move(directory), path};
}

PipeDirectory PipeDirectory::open(const ObjectUrl& url, const std::string& path, const DirectoryRules& rules)
{
    const FileDescriptor parent = open_parent(path);
    FileDescriptor directory = parent ? open_leaf(parent, path, rules) : FileDescriptor();
    if (!directory && errno == ENOENT) {
        throw_about(url, ErrorCode::connect_failed,
                    "nobody listens on " + url.scheme + " '" + url.host + "': there is no directory " + path);
    }
    if (!directory) {
        throw_unusable(url, errno, path);
    }
    require_rules(url, directory, path, rules);
    return {std::move(directory), path};
}

sockaddr_un PipeDirectory::address_of(const ObjectUrl& url, const std::string& name) const
{
    // Short, whatever the directory is called, and immune to its being renamed; but a chroot may lack /proc.
    std::string path = "/proc/self/fd/" + std::to_string(directory_.get());
    struct stat held {};
    struct stat seen {};
    const bool has_proc = ::fstat(directory_.get(), &held) == 0 && ::stat(path.c_str(), &seen) == 0 &&
                          held.st_dev == seen.st_dev && held.st_ino == seen.st_ino;
    path = (has_proc ? path : path_) + "/" + name;
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) {
        throw_about(url, ErrorCode::invalid_url,
                    "the path " + path_ + "/" + name + " is too long for a socket, and /proc is not mounted");
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

}  // namespace remoting
