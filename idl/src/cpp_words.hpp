// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string_view>

// Words that mean something else in C++ than what an IDL file means by them.

namespace remoting::idl {

bool is_cpp_keyword(std::string_view name);
/// Whether a header a user may include defines a macro of that name: `ERROR`, `min`, `errno`.
bool may_be_macro(std::string_view name);
/// Whether the C library declares it in the global namespace: `time`, `index`.
bool is_global_name(std::string_view name);
bool is_global_variable(std::string_view name);

}  // namespace remoting::idl
