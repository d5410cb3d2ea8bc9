// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/error_code.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace remoting {

struct ExceptionDescriptor;

/// What is known about the call or endpoint that failed. Empty members are unknown.
struct ErrorOrigin {
    std::string method;   ///< "bank.Account.Withdraw"
    std::string object;   ///< the object's URI, "counter"
    std::string address;  ///< the peer or the endpoint, "tcp://127.0.0.1:6100"
};

/// The infrastructure failed: no connection, no such object, a limit, a deadline. Never thrown by servants' code
/// itself; see RemoteException and UserException for those. Thread-safe to copy and to read.
class RemotingError : public std::runtime_error {
public:
    /// @param cause one sentence without the code and the origin; what() is put together from all of it.
    RemotingError(ErrorCode code, Executed executed, std::string cause, ErrorOrigin origin = {});

    ErrorCode code() const noexcept { return code_; }
    Executed executed() const noexcept { return executed_; }
    const std::string& method() const noexcept { return origin_.method; }
    const std::string& object() const noexcept { return origin_.object; }
    const std::string& address() const noexcept { return origin_.address; }
    const std::string& cause() const noexcept { return cause_; }

private:
    ErrorCode code_;
    Executed executed_;
    std::string cause_;
    ErrorOrigin origin_;
};

/// The servant threw something that the IDL does not declare. How far it came is unknown.
class RemoteException : public std::runtime_error {
public:
    /// @param type_name the C++ type the servant threw; empty when the server keeps details to itself.
    /// @param details   what() of it; empty likewise.
    /// @param executed  no when a sink on the server threw before the servant was entered.
    RemoteException(std::string type_name, std::string details, ErrorOrigin origin = {},
                    Executed executed = Executed::yes);

    static constexpr ErrorCode code() noexcept { return ErrorCode::internal; }
    Executed executed() const noexcept { return executed_; }
    const std::string& type_name() const noexcept { return type_name_; }
    const std::string& details() const noexcept { return details_; }
    const std::string& method() const noexcept { return origin_.method; }
    const std::string& object() const noexcept { return origin_.object; }
    const std::string& address() const noexcept { return origin_.address; }

private:
    std::string type_name_;
    std::string details_;
    ErrorOrigin origin_;
    Executed executed_;
};

/// Base of the exceptions declared in IDL. Generated classes derive from it (or from each other), servants throw
/// them and callers catch them as themselves.
class UserException : public std::exception {
public:
    /// The IDL name, with the fields' values where the exception was built with them or came from a peer.
    const char* what() const noexcept override;

    /// The most derived generated class's descriptor.
    virtual const ExceptionDescriptor& remoting_descriptor() const noexcept = 0;
    /// Throws a copy of the most derived type.
    [[noreturn]] virtual void remoting_raise() const = 0;
    /// Sets what() from the fields as they are now; the runtime calls it after decoding.
    virtual void remoting_describe() = 0;

protected:
    UserException() = default;
    UserException(const UserException&) = default;
    UserException& operator=(const UserException&) = default;

    std::string remoting_text_;
};

}  // namespace remoting
