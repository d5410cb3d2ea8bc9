// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <boost/core/demangle.hpp>

#include <string>

namespace remoting {
namespace {

[[noreturn]] void refuse(std::string cause)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no, std::move(cause));
}

}  // namespace

void OutputArchive::fail_depth() const
{
    throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                        "structs are nested in each other beyond the limit for depth");
}

void OutputArchive::fail_text()
{
    refuse("a string is not UTF-8");
}

void OutputArchive::fail_valueless()
{
    refuse("a variant has no value");
}

void OutputArchive::fail_reference()
{
    refuse("references cannot be stored here");
}

void OutputArchive::fail_null(const char* name)
{
    refuse("'" + std::string(name) + "' must not be null");
}

void OutputArchive::fail_sliced(const std::type_info& object, const std::type_info& type)
{
    refuse("a " + boost::core::demangle(object.name()) + " cannot be sent as a " + boost::core::demangle(type.name()) +
           ": values are not polymorphic");
}

void InputArchive::fail(const char* what) const
{
    throw RemotingError(ErrorCode::invalid_payload, Executed::no,
                        std::string(what) + " (at byte " + std::to_string(position_ - begin_) + " of the payload)");
}

void InputArchive::fail_truncated() const
{
    fail("a value does not fit into its struct");
}

void InputArchive::fail_null(const char* name) const
{
    fail(("'" + std::string(name) + "' must not be null").c_str());
}

void InputArchive::fail_depth() const
{
    throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                        "structs in the payload are nested in each other beyond the limit for depth");
}

void InputArchive::fail_budget() const
{
    throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                        "the payload is beyond the limit for memory to decode it");
}

void InputArchive::fail_reference()
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no, "references cannot be loaded here");
}

void InputArchive::fail_mismatch(const InterfaceDescriptor& interface)
{
    throw RemotingError(ErrorCode::interface_mismatch, Executed::no,
                        "a reference is not a " + std::string(interface.name));
}

}  // namespace remoting
