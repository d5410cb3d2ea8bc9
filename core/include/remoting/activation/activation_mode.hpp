// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace remoting {

enum class ActivationMode : std::uint8_t {
    single_call,       ///< a new instance for each call, gone when its reply is encoded
    singleton,         ///< one instance, made at the first call
    client_activated,  ///< one instance for each create_object, gone with its last proxy or its client
    published,         ///< the instance the server gave
    located,           ///< a category of objects: whoever was registered for it supplies the servants
    per_connection,    ///< one instance for each client, as long as its session lasts
    per_principal,     ///< one instance for each principal
};

}  // namespace remoting
