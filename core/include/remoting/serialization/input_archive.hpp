// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/serialization/decode_limits.hpp>
#include <remoting/serialization/least_size.hpp>
#include <remoting/serialization/reference_marshaller.hpp>
#include <remoting/serialization/type_kind.hpp>
#include <remoting/serialization/utf8.hpp>

#include <boost/mpl/bool.hpp>
#include <boost/serialization/version.hpp>

#include <bit>
#include <cstring>
#include <span>

namespace boost::serialization {

class library_version_type;

}  // namespace boost::serialization

namespace remoting {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian; a big-endian host needs swaps");

/// Decodes what OutputArchive encoded, from bytes that may be hostile. A loading archive in the sense of
/// Boost.Serialization. Not thread-safe.
///
/// The payload is read as one struct: a value that would begin exactly at the end of its struct was left out by an
/// older peer and keeps what it holds, and so does all that follows it; what a newer peer wrote behind the last known
/// value is skipped.
///
/// Bad bytes throw RemotingError (executed: no): invalid_payload, interface_mismatch for a reference to something
/// else, limit_exceeded beyond the depth or the memory budget. Values and the archive are then of no use.
class InputArchive final {
public:
    using is_saving = boost::mpl::bool_<false>;
    using is_loading = boost::mpl::bool_<true>;

    /// Borrows `payload` and `marshaller`; `marshaller` null: references cannot be loaded.
    explicit InputArchive(std::span<const std::byte> payload, const DecodeLimits& limits = {},
                          ReferenceMarshaller* marshaller = nullptr) noexcept
        : begin_(payload.data()),
          position_(begin_),
          end_(begin_ + payload.size()),
          budget_(limits.memory_base + limits.memory_factor * payload.size()),
          depth_left_(limits.depth),
          marshaller_(marshaller)
    {
    }
    InputArchive(const InputArchive&) = delete;
    InputArchive& operator=(const InputArchive&) = delete;

    template <class T>
    InputArchive& operator&(T&& value)
    {
        load_field(value);
        return *this;
    }
    template <class T>
    InputArchive& operator>>(T&& value)
    {
        load_field(value);
        return *this;
    }

    /// A value that has to be there: one left out is invalid_payload.
    template <class T>
    T read()
    {
        T value{};
        load(value);
        return value;
    }

    void load_binary(void* data, std::size_t size)
    {
        if (position_ != end_ && size != 0) {
            std::memcpy(data, take(size), size);
        }
    }

    /// Enters a struct that OutputArchive::begin_struct() began.
    /// @return what end_struct() is to be given.
    const std::byte* begin_struct()
    {
        if (depth_left_ == 0) [[unlikely]] {
            fail_depth();
        }
        --depth_left_;
        return begin_length();
    }
    /// Skips what is left of the struct.
    void end_struct(const std::byte* outer_end) noexcept
    {
        end_length(outer_end);
        ++depth_left_;
    }
    /// Skips what is left of the payload.
    void finish() noexcept { position_ = end_; }

    /// Bytes of the payload that were read; also where it stopped, after an error.
    std::size_t position() const noexcept { return static_cast<std::size_t>(position_ - begin_); }
    /// Bytes left in the current struct.
    std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - position_); }
    /// Counts `size` bytes against the memory budget; call it before allocating what the payload asks for.
    void charge(std::size_t size)
    {
        if (size > budget_) [[unlikely]] {
            fail_budget();
        }
        budget_ -= size;
    }
    /// Throws invalid_payload with `what` and the position.
    [[noreturn, gnu::cold]] void fail(const char* what) const;
    ReferenceMarshaller* marshaller() const noexcept { return marshaller_; }

    // The rest of Boost's archive concept.
    template <class T>
    void register_type(const T* = nullptr) noexcept
    {
    }
    template <class Version = boost::serialization::library_version_type>
    Version get_library_version() const
    {
        return Version(19U);
    }
    void reset_object_address(const void*, const void*) noexcept {}
    void delete_created_pointers() noexcept {}

private:
    [[gnu::always_inline]] const std::byte* take(std::size_t size)
    {
        if (remaining() < size) [[unlikely]] {
            fail_truncated();
        }
        const std::byte* const position = position_;
        position_ += size;
        return position;
    }
    template <class T>
    [[gnu::always_inline]] T get_unchecked() noexcept
    {
        T value;
        std::memcpy(&value, position_, sizeof value);
        position_ += sizeof value;
        return value;
    }
    template <class T>
    [[gnu::always_inline]] T get()
    {
        if (remaining() < sizeof(T)) [[unlikely]] {
            fail_truncated();
        }
        return get_unchecked<T>();
    }
    bool get_flag()
    {
        const auto value = get<std::uint8_t>();
        if (value > 1) [[unlikely]] {
            fail("a bool is neither 0 nor 1");
        }
        return value != 0;
    }
    const std::byte* begin_length()
    {
        const auto length = get<std::uint32_t>();
        if (length > remaining()) [[unlikely]] {
            fail_truncated();
        }
        return std::exchange(end_, position_ + length);
    }
    void end_length(const std::byte* outer_end) noexcept
    {
        position_ = end_;
        end_ = outer_end;
    }
    /// The count of a container's elements, each of which takes `least_size` bytes or more.
    std::size_t get_count(std::size_t least_size)
    {
        const std::size_t count = get<std::uint32_t>();
        if (count > remaining() / least_size) [[unlikely]] {
            fail("a count is larger than the payload");
        }
        return count;
    }

    template <class T>
    [[gnu::always_inline]] void load_field(T& value)
    {
        constexpr detail::Kind kind = detail::kind_of<T>;
        if constexpr (kind == detail::Kind::named_value) {
            load_field(value.value());
        } else if constexpr (kind == detail::Kind::not_null) {
            load_field(value.value);
            if (detail::holds_null(value.value)) [[unlikely]] {
                fail_null(value.name);
            }
        } else if constexpr (kind == detail::Kind::wrapper) {
            using Wrapper = std::remove_const_t<T>;
            boost::serialization::serialize_adl(*this, const_cast<Wrapper&>(value), 0U);
        } else if constexpr (kind == detail::Kind::scalar) {
            if (remaining() >= sizeof value) [[likely]] {
                value = get_unchecked<T>();
            } else if (position_ != end_) {
                fail_truncated();
            }
        } else if (position_ != end_) {
            load(value);
        }
    }

    /// A value that has to be there.
    template <class T>
    [[gnu::always_inline]] void load(T& value)
    {
        constexpr detail::Kind kind = detail::kind_of<T>;
        if constexpr (kind == detail::Kind::scalar) {
            value = get<T>();
        } else if constexpr (kind == detail::Kind::boolean) {
            value = get_flag();
        } else if constexpr (kind == detail::Kind::enumeration) {
            auto number = std::underlying_type_t<T>{};
            load(number);
            value = static_cast<T>(number);
        } else {
            load_compound(value);
        }
    }

    template <class T>
    void load_compound(T& value);
    template <class T>
    void load_object(T& value);
    template <class T>
    void load_text(T& value);
    template <class T>
    void load_bytes(T& value);
    template <class T>
    void load_decimal(T& value);
    template <class T>
    void load_array(T& value);
    template <class T>
    void load_sequence(T& value);
    template <class T>
    void load_set(T& value);
    template <class T>
    void load_map(T& value);
    template <class T, std::size_t... indices>
    void load_variant(T& value, std::index_sequence<indices...>);
    template <std::size_t index, class T>
    void load_alternative(T& value);
    template <class T>
    void load_pointer(T& value);
    template <class T>
    void load_reference(T& value);

    [[noreturn, gnu::cold]] void fail_truncated() const;
    [[noreturn, gnu::cold]] void fail_depth() const;
    [[noreturn, gnu::cold]] void fail_budget() const;
    [[noreturn, gnu::cold]] void fail_null(const char* name) const;
    [[noreturn, gnu::cold]] static void fail_reference();
    [[noreturn, gnu::cold]] static void fail_mismatch(const InterfaceDescriptor& interface);

    const std::byte* begin_;
    const std::byte* position_;
    const std::byte* end_;  // of the current struct
    std::size_t budget_;
    std::uint32_t depth_left_;
    ReferenceMarshaller* marshaller_;
};

}  // namespace remoting

#include <remoting/serialization/input_archive_containers.hpp>
#include <remoting/serialization/input_archive_values.hpp>
