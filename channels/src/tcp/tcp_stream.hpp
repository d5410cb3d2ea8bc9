// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "socket/file_descriptor.hpp"

#include <remoting/channels/byte_stream.hpp>

#include <memory>

namespace remoting {

/// A stream over a connected TCP socket that sends small messages at once; null when the peer has gone meanwhile.
/// @throws std::system_error
std::unique_ptr<ByteStream> make_tcp_stream(FileDescriptor socket);

}  // namespace remoting
