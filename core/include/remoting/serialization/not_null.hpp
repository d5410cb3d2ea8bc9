// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace remoting {

/// A pointer that must not be null where it is saved or loaded, or a value all of whose pointers must not be: elements
/// of containers, values of maps, what an optional holds. Borrowed: lives no longer than the expression.
template <class T>
struct NotNull {
    T& value;
    const char* name;
};

/// `archive & not_null(account, "account")` saves or loads `account`; when it is null the archive throws RemotingError,
/// invalid_argument while saving and invalid_payload while loading.
/// @param name of the parameter or field, for the message; not copied.
template <class T>
NotNull<T> not_null(T& value, const char* name) noexcept
{
    return {value, name};
}

}  // namespace remoting
