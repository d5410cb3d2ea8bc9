// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace remoting {

/// A pointer that must not be null where it is saved or loaded. Borrowed: lives no longer than the expression.
template <class Pointer>
struct NotNull {
    Pointer& pointer;
    const char* name;
};

/// `archive & not_null(account, "account")` saves or loads `account`; when it is null the archive throws RemotingError,
/// invalid_argument while saving and invalid_payload while loading.
/// @param name of the parameter or field, for the message; not copied.
template <class Pointer>
NotNull<Pointer> not_null(Pointer& pointer, const char* name) noexcept
{
    return {pointer, name};
}

}  // namespace remoting
