// SPDX-License-Identifier: BSL-1.0
#include "emit_traits.hpp"

#include "emit_types.hpp"

namespace remoting::idl {

namespace {

std::string global_name(const model::Name& name)
{
    return namespace_text(*name.module) + "::" + name.cpp;
}

// The value's fields as arguments; a variant as what it derives from.
std::vector<std::string> hashed(const model::Struct& target)
{
    if (target.is_variant) {
        return {"static_cast<const " + global_name(target.name) + "::VariantType&>(value)"};
    }
    std::vector<std::string> items;
    for (const model::Field* field : pointers(target.fields)) {
        items.push_back("value." + field->cpp_name);
    }
    return items;
}

void emit_type_name(CodeWriter& writer, const std::string& head, const model::Name& name, const std::string& arguments)
{
    writer.blank_line();
    writer.emit(R"(
$head$
struct remoting::TypeName<$type$> {
    static constexpr std::string_view value = "$idl$";
};
)",
                {{"head", head}, {"type", global_name(name) + arguments}, {"idl", name.qualified()}});
}

std::string hash_body(const model::Struct& target)
{
    return parenthesized("return remoting::hash_all", hashed(target), ";", 4);
}

}  // namespace

void emit_type_traits(CodeWriter& writer, const EmitContext& context)
{
    for (const auto& target : context.module.enums) {
        emit_type_name(writer, "template <>", target->name, "");
    }
    for (const auto& target : context.module.structs) {
        const bool is_generic = !target->parameters.empty();
        const std::string head = is_generic ? template_head(*target) : "template <>";
        const std::string type = global_name(target->name) + template_arguments(*target);
        emit_type_name(writer, head, target->name, template_arguments(*target));
        writer.blank_line();
        if (!is_generic) {
            writer.emit(R"(
template <>
struct std::hash<$type$> {
    std::size_t operator()(const $type$& value) const;
};
)",
                        {{"type", type}});
            continue;
        }
        const bool is_empty = hashed(*target).empty();
        writer.emit(R"(
$head$
struct std::hash<$type$> {
    std::size_t operator()(const $type$& $value$) const
    {
        $body$
    }
};
)",
                    {{"head", head},
                     {"type", type},
                     {"value", is_empty ? "/*value*/" : "value"},
                     {"body", fenced_if_long(parenthesized("return remoting::hash_all", hashed(*target), ";", 8), 8)}});
    }
}

void emit_hash_definitions(CodeWriter& writer, const EmitContext& context)
{
    for (const auto& target : context.module.structs) {
        if (!target->parameters.empty()) {
            continue;
        }
        writer.blank_line();
        writer.emit(R"(
std::size_t std::hash<$type$>::operator()(const $type$& $value$) const
{
    $body$
}
)",
                    {{"type", global_name(target->name)},
                     {"value", hashed(*target).empty() ? "/*value*/" : "value"},
                     {"body", fenced_if_long(hash_body(*target), 4)}});
    }
}

}  // namespace remoting::idl
