// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace remoting {

/// What IDL calls a type. Specialized by generated headers for enums, structs and variants:
///     static constexpr std::string_view value = "bank.Money";      // of a generic one without its arguments
template <class T>
struct TypeName;

}  // namespace remoting
