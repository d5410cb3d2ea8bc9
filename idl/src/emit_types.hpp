// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

void emit_enum_declaration(CodeWriter& writer, const EmitContext& context, const model::Enum& target);
void emit_enum_printing(CodeWriter& writer, const EmitContext& context, const model::Enum& target);
/// @param is_member of an interface's class
void emit_constant(CodeWriter& writer, const EmitContext& context, const model::Constant& constant,
                   bool is_member = false);
void emit_native(CodeWriter& writer, const model::Native& native);
/// Of a generic one its operators, too.
void emit_struct_declaration(CodeWriter& writer, const EmitContext& context, const model::Struct& target);
/// Its operators.
void emit_struct_definition(CodeWriter& writer, const EmitContext& context, const model::Struct& target);

/// "template <class T>"
std::string template_head(const model::Struct& generic);
/// "<T>"; "" for one that is not generic.
std::string template_arguments(const model::Struct& generic);
/// The operator<< of a generic struct.
void emit_generic_printing(CodeWriter& writer, const EmitContext& context, const model::Struct& target);
/// Whether all that a struct of this file holds is complete where it is declared.
bool is_complete(const EmitContext& context, const model::Struct& target);
/// Whether no field is shown: all are secret, or there is none.
bool prints_nothing(const std::vector<const model::Field*>& fields);

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
