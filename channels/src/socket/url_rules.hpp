// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/object_url.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace remoting {

/// The endpoint as users write it: a slot's name, which pipes have as the host, stands behind the dot.
std::string endpoint_text(const ObjectUrl& url);

/// An error about an endpoint, before anything was sent.
[[noreturn]] void throw_about(const ObjectUrl& url, ErrorCode code, std::string cause);
/// The same, with what errno meant when it failed. Descriptors and memory that ran out are resource_exhausted,
/// whatever `code` is.
[[noreturn]] void throw_errno(const ObjectUrl& url, ErrorCode code, int error, const std::string& what);

/// Of a connect() under way when its host stops.
[[noreturn]] void throw_stopping(const ObjectUrl& url);

/// "Connection refused"
std::string error_text(int error);

/// @throws RemotingError invalid_url for an option that the channel does not have.
void require_known_options(const ObjectUrl& url, std::initializer_list<std::string_view> known);

/// [A-Za-z0-9._-]{1,64}, not starting with a dot: neither a path nor hidden, whatever it is appended to.
bool is_valid_name(std::string_view name) noexcept;
/// The URL's host as a name; there is no port. @throws RemotingError invalid_url
const std::string& require_name(const ObjectUrl& url);

}  // namespace remoting
