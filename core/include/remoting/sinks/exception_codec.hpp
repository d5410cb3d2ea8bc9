// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/decode_limits.hpp>

#include <exception>
#include <span>
#include <string>

namespace remoting {

/// What an exception says to people.
struct Description {
    std::string type;
    std::string text;
};
Description describe(const std::exception_ptr& exception);
/// Texts of servants are not always UTF-8; what travels is. At most 4096 bytes.
std::string printable(std::string text);

/// Exceptions that a method declares, or knows.
using ExceptionTypes = std::span<const ExceptionDescriptor* const>;

/// Whether `type` or a base of it is among those declared.
bool is_declared(ExceptionTypes throws, const ExceptionDescriptor& type) noexcept;

/// A user exception on the wire: the names of its types, base first, each with its own fields behind it in a
/// length-delimited block, so that a reader who knows only a base can stop there.
void encode_exception(OutputArchive& archive, const UserException& exception);

/// Throws the most derived type that is `known`, as itself. @throws RemotingError when none is
[[noreturn]] void raise_exception(InputArchive& archive, const DecodeLimits& limits, ExceptionTypes known,
                                  const ErrorOrigin& origin);

}  // namespace remoting
