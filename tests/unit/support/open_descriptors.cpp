// SPDX-License-Identifier: BSL-1.0
#include "open_descriptors.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace remoting::test {

std::ptrdiff_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::count_if(begin(all), end(all), [](const auto& entry) {
        std::error_code error;
        return !std::filesystem::read_symlink(entry.path(), error).string().starts_with("pipe:");
    });
}

}  // namespace remoting::test
