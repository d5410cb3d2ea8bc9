// SPDX-License-Identifier: BSL-1.0
#include "call_outcome.hpp"

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/errors/exceptions.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

namespace remoting {

namespace {

std::string name_of_current_exception()
{
    const std::type_info* const type = abi::__cxa_current_exception_type();
    if (type == nullptr) {
        return "an exception of another language";
    }
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                      std::free);
    return status == 0 ? name.get() : type->name();
}

}  // namespace

ErrorCode code_of(const std::exception_ptr& outcome) noexcept
{
    if (outcome == nullptr) {
        return ErrorCode::ok;
    }
    try {
        std::rethrow_exception(outcome);
    } catch (const RemotingError& error) {
        return error.code();
    } catch (const UserException&) {
        return ErrorCode::user_exception;
    } catch (...) {
        return ErrorCode::internal;
    }
}

CallOutcome outcome_of(const std::exception_ptr& outcome)
{
    CallOutcome described{code_of(outcome), {}, {}};
    if (outcome == nullptr) {
        return described;
    }
    try {
        std::rethrow_exception(outcome);
    } catch (const RemotingError& error) {
        described.name = error.cause();
    } catch (const UserException& exception) {
        described.name = exception.remoting_descriptor().name;
        described.text = exception.what();
    } catch (const RemoteException& exception) {
        described.name = exception.type_name();
        described.text = exception.details();
    } catch (const std::exception& error) {
        described.name = name_of_current_exception();
        described.text = error.what();
    } catch (...) {
        described.name = name_of_current_exception();
    }
    return described;
}

std::string full_name(const MethodCall& call)
{
    return std::string(call.interface.name) + "." + std::string(call.method.name);
}

}  // namespace remoting
