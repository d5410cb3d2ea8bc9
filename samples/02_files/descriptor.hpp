// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace files {

/// Owns a file descriptor.
class Descriptor final {
public:
    explicit Descriptor(int value) noexcept : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor()
    {
        if (value_ >= 0) {
            close(value_);
        }
    }

    int get() const noexcept { return value_; }
    int release() noexcept { return std::exchange(value_, -1); }

private:
    int value_;
};

/// Fills `buffer` from `offset` on; gives less at the end of the file only.
/// @throws std::system_error
std::size_t read_at(const Descriptor& file, std::uint64_t offset, std::span<std::byte> buffer);

}  // namespace files
