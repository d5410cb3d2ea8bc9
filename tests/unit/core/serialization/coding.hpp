// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace remoting::testing {

template <class... T>
Bytes encode(const T&... values)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    static_cast<void>((archive & ... & values));
    return Bytes(buffer.bytes());
}

/// Loads into `values` what is there, and leaves the rest alone.
template <class... T>
void decode_into(std::span<const std::byte> bytes, T&... values)
{
    InputArchive archive(bytes);
    static_cast<void>((archive & ... & values));
    archive.finish();
}

template <class T>
T decode(std::span<const std::byte> bytes)
{
    T value{};
    decode_into(bytes, value);
    return value;
}

/// "01 ff" and so on; blanks are optional.
inline Bytes from_hex(std::string_view text)
{
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    Bytes bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ') {
            continue;
        }
        if (high < 0) {
            high = digit(c);
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + digit(c)));
            high = -1;
        }
    }
    return bytes;
}

inline std::string to_hex(std::span<const std::byte> bytes)
{
    std::string text;
    for (const std::byte value : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += text.empty() ? "" : " ";
        text += digits[std::to_integer<unsigned>(value) / 16];
        text += digits[std::to_integer<unsigned>(value) % 16];
    }
    return text;
}

template <class... T>
std::string encoded(const T&... values)
{
    return to_hex(encode(values...));
}

/// The code of the RemotingError that `function` throws; ok if none.
template <class Function>
ErrorCode error_of(Function&& function)
{
    try {
        function();
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.executed(), Executed::no);
        EXPECT_NE(error.cause(), "");
        return error.code();
    }
    return ErrorCode::ok;
}

/// The same for decoding `hex` as a T.
template <class T>
ErrorCode error_decoding(std::string_view hex)
{
    const Bytes bytes = from_hex(hex);
    return error_of([&] { static_cast<void>(decode<T>(bytes)); });
}

}  // namespace remoting::testing
