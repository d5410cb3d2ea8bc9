// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace remoting {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian; a big-endian host needs swaps");

/// Writes little-endian values one after the other; the caller has made sure that they fit.
class ByteWriter {
public:
    explicit ByteWriter(std::span<std::byte> out) noexcept : position_(out.data()) {}

    template <std::unsigned_integral T>
    void write(T value) noexcept
    {
        std::memcpy(position_, &value, sizeof value);
        position_ += sizeof value;
    }
    void write_text(std::string_view text) noexcept
    {
        write(static_cast<std::uint16_t>(text.size()));
        if (!text.empty()) {
            std::memcpy(position_, text.data(), text.size());
            position_ += text.size();
        }
    }

private:
    std::byte* position_;
};

/// Reads what ByteWriter wrote; once something does not fit, everything reads as zero and ok() is false.
class ByteReader {
public:
    explicit ByteReader(std::span<const std::byte> in) noexcept : rest_(in) {}

    template <std::unsigned_integral T>
    T read() noexcept
    {
        T value = 0;
        if (rest_.size() < sizeof value) {
            ok_ = false;
            return value;
        }
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_ = rest_.subspan(sizeof value);
        return value;
    }
    std::string_view read_text() noexcept
    {
        const std::size_t size = read<std::uint16_t>();
        if (!ok_ || rest_.size() < size) {
            ok_ = false;
            return {};
        }
        const std::string_view text(reinterpret_cast<const char*>(rest_.data()), size);
        rest_ = rest_.subspan(size);
        return text;
    }
    bool ok() const noexcept { return ok_; }
    std::span<const std::byte> rest() const noexcept { return rest_; }

private:
    std::span<const std::byte> rest_;
    bool ok_ = true;
};

}  // namespace remoting
