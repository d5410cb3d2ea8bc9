// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/log.hpp>

#include <string>

namespace remoting {

/// Gives the log a line, if there is a log. What in it is none of our own words may hold control characters, and the
/// log may throw: neither matters to whoever has something to say.
void say(const Log& log, std::string line) noexcept;

}  // namespace remoting
