// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

namespace remoting {

/// Why a call failed. Behind each: whether the servant ran, and what the caller may do about it.
/// The numbers travel in error replies; they are free to change until wire version 1.
enum class ErrorCode : std::uint16_t {
    ok = 0,
    user_exception = 1,        ///< executed: yes.   never retry; an exception declared in the IDL
    internal = 2,              ///< executed: maybe. never retry; the servant or the library failed
    invalid_argument = 3,      ///< executed: no.    fix the caller; refused before it was sent
    invalid_url = 4,           ///< executed: no.    fix the URL
    invalid_payload = 5,       ///< executed: no for requests, yes for replies. peers differ or bytes are damaged
    interface_mismatch = 6,    ///< executed: no.    the object exists but is of another interface
    activation_failed = 7,     ///< executed: no.    a constructor or factory on the server threw
    address_in_use = 8,        ///< executed: no.    another process listens there
    name_in_use = 9,           ///< executed: no.    this name is registered or listened on already
    object_not_found = 10,     ///< executed: no.    look the object up again
    method_not_found = 11,     ///< executed: no.    the server is older than the client
    type_not_allowed = 12,     ///< executed: no.    not registered for activation
    unauthenticated = 13,      ///< executed: no.
    permission_denied = 14,    ///< executed: no.
    deadline_exceeded = 15,    ///< executed: no when it expired in a queue, else maybe
    cancelled = 16,            ///< executed: no or maybe
    resource_exhausted = 17,   ///< executed: no.    try later
    shutting_down = 18,        ///< executed: no.    try another server, or once more
    connect_failed = 19,       ///< executed: no.    try later
    connection_lost = 20,      ///< executed: no when unsent, else maybe
    protocol_error = 21,       ///< executed: maybe. the peer broke the wire format
    version_mismatch = 22,     ///< executed: no.    no common wire version
    limit_exceeded = 23,       ///< executed: no for requests, yes for replies. the message names the limit
    reentrancy_rejected = 24,  ///< executed: no.
    depth_exceeded = 25,       ///< executed: no.    more than 64 nested calls
    storage_full = 26,         ///< executed: no.
    storage_corrupt = 27,      ///< executed: maybe.
    unknown = 28,              ///< executed: maybe. a newer peer sent a code this one does not know
};

/// Whether the servant of a failed call ran. `maybe` is the honest answer once a request left and no reply came.
enum class Executed : std::uint8_t { no = 0, yes = 1, maybe = 2 };

/// The code of that number; `unknown` for one that only a newer peer knows.
ErrorCode error_code_of(std::uint16_t number) noexcept;

/// The enumerator's name, e.g. "object_not_found"; "unknown" for a number without one.
std::string_view to_string(ErrorCode code) noexcept;
std::string_view to_string(Executed executed) noexcept;

}  // namespace remoting
