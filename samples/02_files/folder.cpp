// SPDX-License-Identifier: BSL-1.0
#include "folder.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

namespace files {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { closedir(folder); }
};

}  // namespace

std::vector<std::string> names_in(const Descriptor& folder)
{
    Descriptor own(openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, CloseFolder> stream(fdopendir(own.get()));
    if (!stream) {
        throw std::system_error(errno, std::system_category(), "cannot list a folder");
    }
    own.release();

    std::vector<std::string> names;
    errno = 0;
    while (const dirent* found = readdir(stream.get())) {
        std::string name = found->d_name;
        if (name != "." && name != "..") {
            names.push_back(std::move(name));
        }
    }
    if (errno != 0) {
        throw std::system_error(errno, std::system_category(), "cannot list a folder");
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string joined(const std::string& folder, const std::string& name)
{
    return folder.empty() ? name : folder + '/' + name;
}

}  // namespace files
