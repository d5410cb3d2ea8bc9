// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

/// The declared types that values and exceptions of the file's interfaces are made of, each once, without arguments.
std::vector<model::Type> described_types(const EmitContext& context);

/// Rows of remoting::FieldDescriptor; "" for no fields.
std::string field_table(const std::string& name, const std::vector<model::Field>& fields,
                        const std::vector<std::string>& parameters);

/// The table of those types, in the namespace remoting_types, for what looks at values without their C++ types.
void emit_type_table(CodeWriter& writer, const EmitContext& context);

}  // namespace remoting::idl
