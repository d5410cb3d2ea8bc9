// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace remoting {

/// "scheme://address/object?option=value", taken apart once. The scheme selects the channel, the address is the
/// channel's business, the object is a name in the server's table and may be empty. Behind the host "." (this machine)
/// or "*" (all machines) the address goes on with a name: "mailslot://./name/object".
struct ObjectUrl {
    std::string scheme;  ///< lower case: "tcp"
    std::string host;    ///< "127.0.0.1", "::1" (without brackets), a pipe's name
    std::string port;    ///< digits, or empty
    std::string name;    ///< percent-decoded; only behind the hosts "." and "*", else empty
    std::string object;  ///< without the leading '/', percent-decoded; "app/counter"
    std::map<std::string, std::string, std::less<>> options;

    /// @throws RemotingError invalid_url that shows the text and says what is wrong with it
    static ObjectUrl parse(std::string_view text);

    /// "tcp://127.0.0.1:6100": what connections are shared by. Options are part of it, the object is not.
    std::string endpoint() const;
    /// The whole URL.
    std::string to_string() const;
};

/// Joins an endpoint and an object's URI.
std::string join_url(std::string_view endpoint, std::string_view object);

}  // namespace remoting
