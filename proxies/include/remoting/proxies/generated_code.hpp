// SPDX-License-Identifier: BSL-1.0
#pragma once

// The only runtime header that generated headers include; light on purpose. Do not include it yourself: include
// your generated header, <remoting/client.hpp> and <remoting/server.hpp>.

#include <remoting/dispatch/remote_object.hpp>
#include <remoting/errors/exceptions.hpp>

#include <cstdint>
#include <iosfwd>
#include <memory>

namespace remoting {

struct CallOptions;
struct InterfaceDescriptor;

template <class T>
struct InterfaceTraits;

}  // namespace remoting
