// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/decode_limits.hpp>

namespace remoting {

/// Whether `method` may throw `type`: it, or a base of it, is declared.
bool is_declared(const MethodDescriptor& method, const ExceptionDescriptor& type) noexcept;

/// A user exception on the wire: the names of its types, base first, each with its own fields behind it in a
/// length-delimited block, so that a reader who knows only a base can stop there.
void encode_exception(OutputArchive& archive, const UserException& exception);

/// Throws the most derived type that `method` knows, as itself. @throws RemotingError when it knows none
[[noreturn]] void raise_exception(InputArchive& archive, const DecodeLimits& limits, const MethodDescriptor& method,
                                  const ErrorOrigin& origin);

}  // namespace remoting
