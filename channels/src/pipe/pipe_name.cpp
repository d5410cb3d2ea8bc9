// SPDX-License-Identifier: BSL-1.0
#include "pipe/pipe_name.hpp"

#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace remoting {

namespace {

[[noreturn]] void throw_at(const ObjectUrl& url, ErrorCode code, int error, const char* what,
                           const PipeDirectory& directory, const std::string& name)
{
    throw_errno(url, code, error, what + directory.path() + "/" + name);
}

bool is_same_file(const struct stat& left, const struct stat& right) noexcept
{
    return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

FileDescriptor lock_file(const ObjectUrl& url, const PipeDirectory& directory, const std::string& name)
{
    for (;;) {
        FileDescriptor file(::openat(directory.descriptor(), name.c_str(),
                                     O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
        if (!file) {
            throw_at(url, ErrorCode::permission_denied, errno, "cannot open ", directory, name);
        }
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno == EWOULDBLOCK) {
                throw_about(url, ErrorCode::name_in_use,
                            url.scheme + " '" + url.host + "' is being listened on already");
            }
            throw_at(url, ErrorCode::permission_denied, errno, "cannot lock ", directory, name);
        }
        // The last owner removes the file before it unlocks: a lock on a removed file is worth nothing.
        struct stat locked {};
        struct stat present {};
        if (::fstat(file.get(), &locked) == 0 &&
            ::fstatat(directory.descriptor(), name.c_str(), &present, AT_SYMLINK_NOFOLLOW) == 0 &&
            is_same_file(locked, present)) {
            return file;
        }
    }
}

/// Whether somebody who knows nothing of lock files listens there.
bool is_alive(const ObjectUrl& url, const sockaddr_un& address)
{
    const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!probe) {
        throw_errno(url, ErrorCode::internal, errno, "cannot create a socket");
    }
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

}  // namespace

PipeName::PipeName(const ObjectUrl& url, PipeDirectory directory, std::string name)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      lock_name_("." + name_ + ".lock"),
      lock_(lock_file(url, directory_, lock_name_))
{
}

PipeName::~PipeName()
{
    struct stat present {};
    if (bound_ && ::fstatat(directory_.descriptor(), name_.c_str(), &present, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISSOCK(present.st_mode) && present.st_dev == device_ && present.st_ino == inode_) {
        ::unlinkat(directory_.descriptor(), name_.c_str(), 0);
    }
    ::unlinkat(directory_.descriptor(), lock_name_.c_str(), 0);
}

void PipeName::remove_stale_socket(const ObjectUrl& url, const sockaddr_un& address) const
{
    struct stat found {};
    if (::fstatat(directory_.descriptor(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return;
        }
        throw_at(url, ErrorCode::permission_denied, errno, "cannot examine ", directory_, name_);
    }
    if (!S_ISSOCK(found.st_mode) || found.st_uid != ::geteuid()) {
        throw_about(url, ErrorCode::name_in_use,
                    directory_.path() + "/" + name_ + " exists and is not a socket of this user; remove it");
    }
    if (is_alive(url, address)) {
        throw_about(url, ErrorCode::name_in_use, "another program listens at " + directory_.path() + "/" + name_);
    }
    if (::unlinkat(directory_.descriptor(), name_.c_str(), 0) != 0 && errno != ENOENT) {
        throw_at(url, ErrorCode::permission_denied, errno, "cannot remove the stale socket ", directory_, name_);
    }
}

FileDescriptor PipeName::bind_and_listen(const ObjectUrl& url, mode_t mode)
{
    const sockaddr_un address = directory_.address_of(url, name_);
    remove_stale_socket(url, address);
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    // bind() takes the file's mode from the socket's own, so that no umask, which all threads share, need be touched.
    if (!socket || ::fchmod(socket.get(), mode) != 0) {
        throw_errno(url, ErrorCode::internal, errno, "cannot create a socket");
    }
    struct stat created {};
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::fstatat(directory_.descriptor(), name_.c_str(), &created, AT_SYMLINK_NOFOLLOW) != 0) {
        const int error = errno;
        throw_at(url, error == EADDRINUSE ? ErrorCode::name_in_use : ErrorCode::permission_denied, error,
                 "cannot create the socket ", directory_, name_);
    }
    // The umask took something of what is open to others; nobody but this user can have changed the name meanwhile.
    if (mode != 0600 && ::fchmodat(directory_.descriptor(), name_.c_str(), mode, 0) != 0) {
        throw_at(url, ErrorCode::permission_denied, errno, "cannot open the socket to others: ", directory_, name_);
    }
    device_ = created.st_dev;
    inode_ = created.st_ino;
    bound_ = true;
    if (::listen(socket.get(), SOMAXCONN) != 0) {
        throw_at(url, ErrorCode::internal, errno, "cannot listen on ", directory_, name_);
    }
    return socket;
}

}  // namespace remoting
