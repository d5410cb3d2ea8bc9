// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>

#include <remoting/dispatch/descriptors.hpp>

#include <utility>

namespace remoting {

namespace {

/// "bank.Account.Withdraw on tcp://127.0.0.1:6100/counter", as far as it is known.
std::string where(const ErrorOrigin& origin)
{
    std::string text = origin.method;
    if (!origin.address.empty() || !origin.object.empty()) {
        text += text.empty() ? "" : " on ";
        text += origin.address;
        text += origin.address.empty() || origin.object.empty() ? "" : "/";
        text += origin.object;
    }
    return text;
}

std::string describe(std::string_view code, Executed executed, const std::string& cause, const ErrorOrigin& origin)
{
    std::string text = where(origin);
    text += text.empty() ? "" : ": ";
    text += code;
    text += ": ";
    text += cause;
    text += " (executed: ";
    text += to_string(executed);
    text += ')';
    return text;
}

std::string describe_remote(const std::string& type_name, const std::string& details)
{
    if (type_name.empty() && details.empty()) {
        return "the servant threw an exception that its IDL does not declare; its side logs the details and keeps them "
               "to itself (custom_errors in its options)";
    }
    std::string text = "the servant threw " + (type_name.empty() ? "an exception" : type_name);
    return details.empty() ? text : text + ": " + details;
}

}  // namespace

RemotingError::RemotingError(ErrorCode code, Executed executed, std::string cause, ErrorOrigin origin)
    : std::runtime_error(describe(to_string(code), executed, cause, origin)),
      code_(code),
      executed_(executed),
      cause_(std::move(cause)),
      origin_(std::move(origin))
{
}

RemoteException::RemoteException(std::string type_name, std::string details, ErrorOrigin origin, Executed executed)
    : std::runtime_error(describe(to_string(code()), executed, describe_remote(type_name, details), origin)),
      type_name_(std::move(type_name)),
      details_(std::move(details)),
      origin_(std::move(origin)),
      executed_(executed)
{
}

const char* UserException::what() const noexcept
{
    return remoting_text_.empty() ? remoting_descriptor().name.data() : remoting_text_.c_str();
}

}  // namespace remoting
