// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/exception_codec.hpp>

#include "dispatch/payload_members.hpp"

#include <remoting/serialization/archive.hpp>
#include <remoting/serialization/utf8.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <typeinfo>
#include <vector>

namespace remoting {

namespace {

constexpr std::size_t chain_limit = 32;

std::vector<const ExceptionDescriptor*> base_first(const ExceptionDescriptor& type)
{
    std::vector<const ExceptionDescriptor*> chain;
    for (const ExceptionDescriptor* level = &type; level != nullptr; level = level->base) {
        chain.insert(chain.begin(), level);
    }
    return chain;
}

const ExceptionDescriptor* find_known(ExceptionTypes known, std::string_view name) noexcept
{
    const auto found = std::ranges::find_if(known, [&](const ExceptionDescriptor* type) { return type->name == name; });
    return found == known.end() ? nullptr : *found;
}

std::unique_ptr<UserException> decode(const ExceptionDescriptor& type, const std::vector<ExceptionLevel>& levels,
                                      const DecodeLimits& limits, ReferenceMarshaller* marshaller,
                                      std::span<const TypeDescriptor> types)
{
    std::unique_ptr<UserException> exception = type.create();
    const auto chain = base_first(type);
    for (std::size_t i = 0; i < chain.size() && i < levels.size() && levels[i].name == chain[i]->name; ++i) {
        const std::span<const std::byte> bytes(levels[i].fields);
        InputArchive fields(bytes, limits, marshaller);
        try {
            chain[i]->decode(fields, *exception);
        } catch (const RemotingError& error) {
            throw with_member(error, *chain[i], types, bytes, limits, fields.position());
        }
    }
    exception->remoting_describe();
    return exception;
}

/// Of the exception being handled, whatever it is.
Description describe_current()
{
    Description description;
    if (const std::type_info* const type = abi::__cxa_current_exception_type()) {
        int status = 0;
        const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                          std::free);
        description.type = status == 0 ? name.get() : type->name();
    }
    try {
        throw;
    } catch (const std::exception& error) {
        description.text = error.what();
    } catch (const std::string& text) {
        description.text = text;
    } catch (const char* text) {
        description.text = text;
    } catch (...) {
        description.text = "not derived from std::exception";
    }
    return description;
}

}  // namespace

std::string printable(std::string text)
{
    if (text.size() <= 4096 && is_utf8(text)) {
        return text;
    }
    for (char& c : text) {
        c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
    return text.substr(0, 4096);
}

Description describe(const std::exception_ptr& exception)
{
    try {
        std::rethrow_exception(exception);
    } catch (...) {
        return describe_current();
    }
}

bool is_declared(ExceptionTypes throws, const ExceptionDescriptor& type) noexcept
{
    for (const ExceptionDescriptor* level = &type; level != nullptr; level = level->base) {
        if (std::ranges::find(throws, level) != throws.end()) {
            return true;
        }
    }
    return false;
}

void encode_exception(OutputArchive& archive, const UserException& exception)
{
    const auto chain = base_first(exception.remoting_descriptor());
    archive& static_cast<std::uint32_t>(chain.size());
    for (const ExceptionDescriptor* level : chain) {
        archive& std::string(level->name);
        const auto begin = archive.begin_struct();
        level->encode(archive, exception);
        archive.end_struct(begin);
    }
}

std::vector<ExceptionLevel> read_exception(InputArchive& archive)
{
    std::uint32_t count = 0;
    archive& count;
    if (count > chain_limit) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::yes, "an exception with too many bases");
    }
    std::vector<ExceptionLevel> levels(count);
    for (ExceptionLevel& level : levels) {
        archive& level.name& level.fields;
    }
    return levels;
}

RemotingError unknown_exception(const std::vector<ExceptionLevel>& levels, const ErrorOrigin& origin)
{
    std::string names;
    for (const ExceptionLevel& level : levels) {
        names += (names.empty() ? "" : " : ") + level.name;
    }
    return {ErrorCode::user_exception, Executed::yes,
            "the servant threw '" + names + "', which this program's IDL does not know", origin};
}

void raise_exception(InputArchive& archive, const DecodeLimits& limits, ExceptionTypes known, const ErrorOrigin& origin,
                     std::span<const TypeDescriptor> types)
{
    const std::vector<ExceptionLevel> levels = read_exception(archive);
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
        if (const ExceptionDescriptor* const type = find_known(known, level->name)) {
            decode(*type, levels, limits, archive.marshaller(), types)->remoting_raise();
        }
    }
    throw unknown_exception(levels, origin);
}

}  // namespace remoting
