// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/decode_limits.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace remoting {

class InputArchive;

/// Where peers disagree about a type, whoever fails to decode names the member. Nothing of this runs unless something
/// did not decode.

enum class ValuesOf : std::uint8_t { call, reply };

/// `error`, which decoding a call's values met when `archive` was where it is now, with the member in front of its cause:
/// "argument order.lines[3].price: ...". As it is when no member is found to be wrong.
RemotingError with_member(const RemotingError& error, const MethodDescriptor& method, ValuesOf values,
                          std::span<const std::byte> payload, const DecodeLimits& limits, std::size_t position);

/// The same for the own fields of an exception.
RemotingError with_member(const RemotingError& error, const ExceptionDescriptor& exception,
                          std::span<const TypeDescriptor> types, std::span<const std::byte> fields,
                          const DecodeLimits& limits, std::size_t position);

}  // namespace remoting
