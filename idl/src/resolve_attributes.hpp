// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "attributes.hpp"
#include "resolve_context.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace remoting::idl {

/// All that the attributes before one declaration or member say.
struct AttributeValues {
    model::Attributes common;
    std::optional<Span> one_way;
    std::optional<Span> idempotent;
    std::optional<std::chrono::milliseconds> deadline;
    std::optional<std::string> wire_name;
    std::optional<Span> wire_span;
    std::string cpp_type;
    std::string cpp_header;  ///< with its quotes or angle brackets
};

/// Checks where each stands and what is in its brackets; one that is wrong is reported and left out.
AttributeValues resolve_attributes(ResolveContext& context, const FileContext& file, const ast::Attributes& attributes,
                                   Place place);

}  // namespace remoting::idl
