// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "emit_context.hpp"

namespace remoting::idl {

void emit_interface_class(CodeWriter& writer, const EmitContext& context, const model::Interface& interface);
/// The specialization of InterfaceTraits; stands outside all namespaces.
void emit_interface_traits(CodeWriter& writer, const model::Interface& interface);
void emit_interface_traits_definition(CodeWriter& writer, const EmitContext& context,
                                      const model::Interface& interface);

}  // namespace remoting::idl
