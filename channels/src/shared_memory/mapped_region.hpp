// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/shared_memory.hpp>
#include <remoting/messaging/object_url.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace remoting {

/// Owns a shared mapping of a file.
class MappedRegion final {
public:
    MappedRegion() = default;
    /// @throws RemotingError
    MappedRegion(const ObjectUrl& url, int descriptor, std::size_t size, View view);
    MappedRegion(MappedRegion&& other) noexcept : bytes_(std::exchange(other.bytes_, {})), view_(other.view_) {}
    MappedRegion& operator=(MappedRegion&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        view_ = other.view_;
        return *this;
    }
    ~MappedRegion();

    std::span<std::byte> bytes() const noexcept { return bytes_; }
    View view() const noexcept { return view_; }

private:
    std::span<std::byte> bytes_;
    View view_ = View::read_only;
};

}  // namespace remoting
