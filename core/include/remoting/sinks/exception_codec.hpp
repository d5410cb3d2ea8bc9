// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/decode_limits.hpp>
#include <remoting/types/bytes.hpp>

#include <exception>
#include <span>
#include <string>
#include <vector>

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

/// The part of an exception on the wire that belongs to one type.
struct ExceptionLevel {
    std::string name;
    Bytes fields;  ///< on the wire a struct is what bytes are: a length and as many bytes
};
/// Base first. @throws RemotingError
std::vector<ExceptionLevel> read_exception(InputArchive& archive);
/// "bank.BankError : bank.InsufficientFunds"
RemotingError unknown_exception(const std::vector<ExceptionLevel>& levels, const ErrorOrigin& origin = {});

/// Throws the most derived type that is `known`, as itself. @throws RemotingError when none is
/// @param types of what fields are made of, to say which one does not decode
[[noreturn]] void raise_exception(InputArchive& archive, const DecodeLimits& limits, ExceptionTypes known,
                                  const ErrorOrigin& origin, std::span<const TypeDescriptor> types = {});

}  // namespace remoting
