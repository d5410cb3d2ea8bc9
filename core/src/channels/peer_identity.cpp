// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/byte_stream.hpp>

namespace remoting {

std::string PeerIdentity::principal() const
{
    return user_id ? "user " + std::to_string(*user_id) : address.substr(0, address.rfind(':'));
}

}  // namespace remoting
