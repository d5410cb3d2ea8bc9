// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace remoting {

/// The IDL's `bytes`: a vector of bytes that leaves new bytes uninitialized when it grows, so that a large block is
/// written once, by whoever fills it. Grows geometrically; pointers are invalidated as with std::vector.
class Bytes final {
public:
    using value_type = std::byte;
    using size_type = std::size_t;
    using iterator = std::byte*;
    using const_iterator = const std::byte*;

    Bytes() noexcept = default;
    /// `size` uninitialized bytes.
    explicit Bytes(std::size_t size) { resize(size); }
    Bytes(std::size_t size, std::byte value)
    {
        resize(size);
        if (size != 0) {
            std::memset(data(), std::to_integer<int>(value), size);
        }
    }
    Bytes(std::initializer_list<std::byte> content) : Bytes(std::span(content.begin(), content.size())) {}
    explicit Bytes(std::span<const std::byte> content) { append(content); }
    explicit Bytes(std::string_view content) : Bytes(std::as_bytes(std::span(content))) {}

    Bytes(const Bytes& other) : Bytes(std::span<const std::byte>(other)) {}
    Bytes(Bytes&& other) noexcept
        : content_(std::move(other.content_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0))
    {
    }
    Bytes& operator=(const Bytes& other)
    {
        if (this != &other) {
            assign(other);
        }
        return *this;
    }
    Bytes& operator=(Bytes&& other) noexcept
    {
        content_ = std::move(other.content_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }
    ~Bytes() = default;

    std::byte* data() noexcept { return content_.get(); }
    const std::byte* data() const noexcept { return content_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    bool empty() const noexcept { return size_ == 0; }
    iterator begin() noexcept { return data(); }
    iterator end() noexcept { return data() + size_; }
    const_iterator begin() const noexcept { return data(); }
    const_iterator end() const noexcept { return data() + size_; }
    std::byte& operator[](std::size_t index) noexcept { return data()[index]; }
    const std::byte& operator[](std::size_t index) const noexcept { return data()[index]; }

    /// The same bytes as text; a view, valid as long as pointers into this are.
    std::string_view as_string_view() const noexcept { return {reinterpret_cast<const char*>(data()), size_}; }

    /// Bytes beyond the old size are uninitialized.
    void resize(std::size_t size)
    {
        if (size > capacity_) {
            grow(size);
        }
        size_ = size;
    }
    void reserve(std::size_t capacity)
    {
        if (capacity > capacity_) {
            reallocate(capacity);
        }
    }
    /// Keeps the capacity.
    void clear() noexcept { size_ = 0; }
    void push_back(std::byte value)
    {
        resize(size_ + 1);
        data()[size_ - 1] = value;
    }
    /// `content` must not lie in this.
    void append(std::span<const std::byte> content)
    {
        if (!content.empty()) {
            const std::size_t old_size = size_;
            resize(old_size + content.size());
            std::memcpy(data() + old_size, content.data(), content.size());
        }
    }
    /// `content` must not lie in this.
    void assign(std::span<const std::byte> content)
    {
        clear();
        append(content);
    }
    void swap(Bytes& other) noexcept { std::swap(*this, other); }

    friend bool operator==(const Bytes& left, const Bytes& right) noexcept
    {
        return left.as_string_view() == right.as_string_view();
    }
    friend std::strong_ordering operator<=>(const Bytes& left, const Bytes& right) noexcept
    {
        return left.as_string_view() <=> right.as_string_view();
    }

private:
    void grow(std::size_t size);
    void reallocate(std::size_t capacity);

    std::unique_ptr<std::byte[]> content_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace remoting
