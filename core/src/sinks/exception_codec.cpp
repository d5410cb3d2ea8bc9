// SPDX-License-Identifier: BSL-1.0
#include "exception_codec.hpp"

#include <remoting/serialization/archive.hpp>

#include <algorithm>
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

struct Level {
    std::string name;
    Bytes fields;  // on the wire a struct is what bytes are: a length and as many bytes
};

const ExceptionDescriptor* find_known(const MethodDescriptor& method, std::string_view name) noexcept
{
    const auto& known = method.known_exceptions;
    const auto found = std::ranges::find_if(known, [&](const ExceptionDescriptor* type) { return type->name == name; });
    return found == known.end() ? nullptr : *found;
}

std::unique_ptr<UserException> decode(const ExceptionDescriptor& type, const std::vector<Level>& levels,
                                      const DecodeLimits& limits, ReferenceMarshaller* marshaller)
{
    std::unique_ptr<UserException> exception = type.create();
    const auto chain = base_first(type);
    for (std::size_t i = 0; i < chain.size() && i < levels.size() && levels[i].name == chain[i]->name; ++i) {
        InputArchive fields(std::span<const std::byte>(levels[i].fields), limits, marshaller);
        chain[i]->decode(fields, *exception);
    }
    exception->remoting_describe();
    return exception;
}

}  // namespace

bool is_declared(const MethodDescriptor& method, const ExceptionDescriptor& type) noexcept
{
    for (const ExceptionDescriptor* level = &type; level != nullptr; level = level->base) {
        if (std::ranges::find(method.throws, level) != method.throws.end()) {
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

void raise_exception(InputArchive& archive, const DecodeLimits& limits, const MethodDescriptor& method,
                     const ErrorOrigin& origin)
{
    std::uint32_t count = 0;
    archive & count;
    if (count > chain_limit) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::yes, "an exception with too many bases", origin);
    }
    std::vector<Level> levels(count);
    std::string names;
    for (Level& level : levels) {
        archive & level.name & level.fields;
        names += (names.empty() ? "" : " : ") + level.name;
    }
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
        if (const ExceptionDescriptor* const type = find_known(method, level->name)) {
            decode(*type, levels, limits, archive.marshaller())->remoting_raise();
        }
    }
    throw RemotingError(ErrorCode::user_exception, Executed::yes,
                        "the servant threw '" + names + "', which this program's IDL does not know", origin);
}

}  // namespace remoting
