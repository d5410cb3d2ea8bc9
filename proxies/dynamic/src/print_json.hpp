// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace remoting {

/// JSON for people: two blanks a level, what is short on one line, numbers as they are usually written.
std::string print_json(const boost::json::value& value);

}  // namespace remoting
