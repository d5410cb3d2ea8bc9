// SPDX-License-Identifier: BSL-1.0
#include "shared_memory/mapped_region.hpp"

#include "socket/url_rules.hpp"

#include <sys/mman.h>

#include <cerrno>

namespace remoting {

MappedRegion::MappedRegion(const ObjectUrl& url, int descriptor, std::size_t size, View view) : view_(view)
{
    const int protection = view == View::read_write ? PROT_READ | PROT_WRITE : PROT_READ;
    void* const address = ::mmap(nullptr, size, protection, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED) {
        const int error = errno;
        const bool is_forbidden = error == EPERM || error == EACCES;
        throw_errno(url, is_forbidden ? ErrorCode::permission_denied : ErrorCode::resource_exhausted, error,
                    "cannot map '" + url.host + "'");
    }
    bytes_ = {static_cast<std::byte*>(address), size};
}

MappedRegion::~MappedRegion()
{
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
    }
}

}  // namespace remoting
