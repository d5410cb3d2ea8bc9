// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "temporary_directory.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace remoting::test {

/// A memory file system of so many bytes that only this thread and those it starts see. Needs root.
class SmallDisk final {
public:
    explicit SmallDisk(std::size_t size) : before_(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC))
    {
        const std::string options = "mode=0700,size=" + std::to_string(size);
        is_mounted_ = ::unshare(CLONE_NEWNS) == 0 && ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                      ::mount("none", directory_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    ~SmallDisk()
    {
        if (is_mounted_) {
            ::umount2(directory_.path().c_str(), MNT_DETACH);
        }
        ::setns(before_, CLONE_NEWNS);
        ::close(before_);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool is_mounted() const noexcept { return is_mounted_; }
    const std::string& path() const noexcept { return directory_.path(); }
    /// Takes all that is free.
    void fill() const
    {
        std::ofstream file(directory_ / "filler", std::ios::binary);
        while (file << std::string(4096, 'x') << std::flush) {
        }
    }
    bool is_full() const
    {
        struct statvfs status {};
        return ::statvfs(path().c_str(), &status) == 0 && status.f_bavail == 0;
    }

private:
    TemporaryDirectory directory_;
    int before_;
    bool is_mounted_ = false;
};

}  // namespace remoting::test
