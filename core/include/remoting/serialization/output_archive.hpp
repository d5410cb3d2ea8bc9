// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/serialization/buffer.hpp>
#include <remoting/serialization/decode_limits.hpp>
#include <remoting/serialization/least_size.hpp>
#include <remoting/serialization/reference_marshaller.hpp>
#include <remoting/serialization/type_kind.hpp>
#include <remoting/serialization/utf8.hpp>

#include <boost/mpl/bool.hpp>
#include <boost/serialization/version.hpp>

#include <bit>
#include <cstring>
#include <typeinfo>

namespace boost::serialization {

class library_version_type;

}  // namespace boost::serialization

namespace remoting {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian; a big-endian host needs swaps");

/// Encodes values at the end of a Buffer; core/src/serialization/README.md has the encoding. A saving archive in the
/// sense of Boost.Serialization: any type with `serialize`, or `save` and `load`, can be sent. Not thread-safe.
///
/// What cannot be encoded throws RemotingError (executed: no) and leaves a partial message in the buffer:
/// invalid_argument for text that is not UTF-8, an object that would be sliced, a null where none is allowed, a
/// reference without a marshaller; limit_exceeded for a message or a nesting beyond its limit.
class OutputArchive final {
public:
    using is_saving = boost::mpl::bool_<true>;
    using is_loading = boost::mpl::bool_<false>;

    /// Borrows both; `marshaller` null: references cannot be saved.
    explicit OutputArchive(Buffer& buffer, ReferenceMarshaller* marshaller = nullptr,
                           std::uint32_t depth_limit = DecodeLimits{}.depth) noexcept
        : buffer_(buffer),
          marshaller_(marshaller),
          depth_left_(depth_limit)
    {
    }
    OutputArchive(const OutputArchive&) = delete;
    OutputArchive& operator=(const OutputArchive&) = delete;

    template <class T>
    OutputArchive& operator&(const T& value)
    {
        save(value);
        return *this;
    }
    template <class T>
    OutputArchive& operator<<(const T& value)
    {
        save(value);
        return *this;
    }

    void save_binary(const void* data, std::size_t size)
    {
        buffer_.append({static_cast<const std::byte*>(data), size});
    }

    /// What follows, up to end_struct(), is a struct of its own, which a reader may know more or less of.
    /// @return what end_struct() is to be given.
    std::size_t begin_struct()
    {
        if (depth_left_ == 0) [[unlikely]] {
            fail_depth();
        }
        --depth_left_;
        return begin_length();
    }
    void end_struct(std::size_t start) noexcept
    {
        end_length(start);
        ++depth_left_;
    }

    Buffer& buffer() noexcept { return buffer_; }
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

private:
    template <class T>
    [[gnu::always_inline]] void put(T value)
    {
        std::memcpy(buffer_.append(sizeof value), &value, sizeof value);
    }
    void put_block(const void* data, std::size_t size)
    {
        std::byte* const position = buffer_.append(sizeof(std::uint32_t) + size);
        const auto length = static_cast<std::uint32_t>(size);
        std::memcpy(position, &length, sizeof length);
        if (size != 0) {
            std::memcpy(position + sizeof length, data, size);
        }
    }
    std::size_t begin_length()
    {
        const std::size_t start = buffer_.size();
        buffer_.append(sizeof(std::uint32_t));
        return start;
    }
    void end_length(std::size_t start) noexcept
    {
        const auto length = static_cast<std::uint32_t>(buffer_.size() - start - sizeof(std::uint32_t));
        std::memcpy(buffer_.data() + start, &length, sizeof length);
    }

    template <class T>
    [[gnu::always_inline]] void save(const T& value)
    {
        constexpr detail::Kind kind = detail::kind_of<T>;
        if constexpr (kind == detail::Kind::scalar) {
            put(value);
        } else if constexpr (kind == detail::Kind::boolean) {
            put(static_cast<std::uint8_t>(value ? 1 : 0));
        } else if constexpr (kind == detail::Kind::enumeration) {
            save(static_cast<std::underlying_type_t<T>>(value));
        } else if constexpr (kind == detail::Kind::named_value) {
            save(value.const_value());
        } else {
            save_compound(value);
        }
    }

    template <class T>
    void save_compound(const T& value);
    template <class T>
    void save_object(const T& value);
    template <class T>
    void save_elements(const T& value);
    template <class T>
    void save_array(const T& value);
    template <class T, std::size_t... indices>
    void save_variant(const T& value, std::index_sequence<indices...>);
    template <std::size_t index, class T>
    void save_alternative(const T& value);
    template <class T>
    void save_indirect(const T& value);

    [[noreturn, gnu::cold]] void fail_depth() const;
    [[noreturn, gnu::cold]] static void fail_text();
    [[noreturn, gnu::cold]] static void fail_valueless();
    [[noreturn, gnu::cold]] static void fail_reference();
    [[noreturn, gnu::cold]] static void fail_null(const char* name);
    [[noreturn, gnu::cold]] static void fail_sliced(const std::type_info& object, const std::type_info& type);

    Buffer& buffer_;
    ReferenceMarshaller* marshaller_;
    std::uint32_t depth_left_;
};

}  // namespace remoting

#include <remoting/serialization/output_archive_values.hpp>
