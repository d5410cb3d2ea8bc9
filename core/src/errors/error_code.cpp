// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/error_code.hpp>

#include <array>
#include <cstddef>

namespace remoting {

std::string_view to_string(ErrorCode code) noexcept
{
    static constexpr std::array<std::string_view, 29> names{
        "ok",
        "user_exception",
        "internal",
        "invalid_argument",
        "invalid_url",
        "invalid_payload",
        "interface_mismatch",
        "activation_failed",
        "address_in_use",
        "name_in_use",
        "object_not_found",
        "method_not_found",
        "type_not_allowed",
        "unauthenticated",
        "permission_denied",
        "deadline_exceeded",
        "cancelled",
        "resource_exhausted",
        "shutting_down",
        "connect_failed",
        "connection_lost",
        "protocol_error",
        "version_mismatch",
        "limit_exceeded",
        "reentrancy_rejected",
        "depth_exceeded",
        "storage_full",
        "storage_corrupt",
        "unknown",
    };
    const auto index = static_cast<std::size_t>(code);
    return index < names.size() ? names[index] : names.back();
}

ErrorCode error_code_of(std::uint16_t number) noexcept
{
    return number < static_cast<std::uint16_t>(ErrorCode::unknown) ? static_cast<ErrorCode>(number)
                                                                   : ErrorCode::unknown;
}

std::string_view to_string(Executed executed) noexcept
{
    switch (executed) {
        case Executed::no:
            return "no";
        case Executed::yes:
            return "yes";
        case Executed::maybe:
            break;
    }
    return "maybe";
}

}  // namespace remoting
