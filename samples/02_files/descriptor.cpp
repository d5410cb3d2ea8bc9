// SPDX-License-Identifier: BSL-1.0
#include "descriptor.hpp"

#include <cerrno>
#include <limits>
#include <system_error>

namespace files {

std::size_t read_at(const Descriptor& file, std::uint64_t offset, std::span<std::byte> buffer)
{
    std::size_t done = 0;
    while (done < buffer.size()) {
        if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()) - done) {
            return done;
        }
        const ssize_t count =
            pread(file.get(), buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
        if (count == 0) {
            break;
        }
        if (count > 0) {
            done += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            throw std::system_error(errno, std::system_category(), "cannot read");
        }
    }
    return done;
}

}  // namespace files
