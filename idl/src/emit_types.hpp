// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

void emit_enum_declaration(CodeWriter& writer, const EmitContext& context, const model::Enum& target);
void emit_enum_printing(CodeWriter& writer, const EmitContext& context, const model::Enum& target);
void emit_constant(CodeWriter& writer, const EmitContext& context, const model::Constant& constant);
void emit_struct_declaration(CodeWriter& writer, const EmitContext& context, const model::Struct& target);
/// Its operators.
void emit_struct_definition(CodeWriter& writer, const EmitContext& context, const model::Struct& target);

/// One field of a struct or exception, with its doc.
/// @param scope inside the class
/// @param is_complete whether all that the field holds is declared before
void emit_field(CodeWriter& writer, const CppScope& scope, const model::Field& field, bool is_complete);
/// The body of operator<< for a struct or exception that calls itself `title`.
std::string printing_of_fields(const std::string& title, const std::vector<const model::Field*>& fields);
/// The definition of operator==.
void emit_comparison(CodeWriter& writer, const std::string& name, const std::vector<const model::Field*>& fields);
/// Those of the file's structs that must be declared ahead: something before them holds them in a list or map.
std::vector<const model::Struct*> structs_used_early(const EmitContext& context);

}  // namespace remoting::idl
