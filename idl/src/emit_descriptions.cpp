// SPDX-License-Identifier: BSL-1.0
#include "emit_descriptions.hpp"

#include "describe.hpp"

#include <algorithm>
#include <bit>

namespace remoting::idl {

namespace {

class Collector final {
public:
    explicit Collector(const EmitContext& context) : context_(context) {}

    std::vector<model::Type> run()
    {
        for (const auto& interface : context_.module.interfaces) {
            for (const model::Method* method : interface->all_methods()) {
                add(*method);
            }
            for (const model::Method* event : interface->all_events()) {
                add(*event);
            }
            add(interface->constructor);
        }
        return std::move(types_);
    }

private:
    void add(const model::Method& method)
    {
        for (const model::Parameter& parameter : method.parameters) {
            add(parameter.type);
        }
        if (method.result) {
            add(*method.result);
        }
        for (const model::Exception* exception : method.throws) {
            if (declared_.insert(exception).second) {
                add_known(*exception);
            }
        }
    }

    void add_known(const model::Exception& declared)
    {
        for (const model::Exception* exception : context_.exceptions) {
            if (exception->derives_from(declared)) {
                add(exception->fields);
            }
        }
        for (const model::Exception* base = declared.base; base != nullptr; base = base->base) {
            add(base->fields);
        }
    }

    void add(const std::vector<model::Field>& fields)
    {
        for (const model::Field& field : fields) {
            add(field.type);
        }
    }

    void add(const model::Type& type)
    {
        for (const model::Type& argument : type.arguments) {
            add(argument);
        }
        const auto add_once = [&](const auto* const* target) {
            if (target == nullptr || !seen_.insert(*target).second) {
                return false;
            }
            types_.push_back({*target, {}});
            return true;
        };
        add_once(std::get_if<const model::Enum*>(&type.kind));
        add_once(std::get_if<const model::Native*>(&type.kind));
        add_once(std::get_if<const model::Interface*>(&type.kind));
        const auto* const* target = std::get_if<const model::Struct*>(&type.kind);
        if (add_once(target)) {
            add((*target)->fields);
        }
    }

    const EmitContext& context_;
    std::set<const void*> seen_;
    std::set<const model::Exception*> declared_;
    std::vector<model::Type> types_;
};

std::string text_rows(const std::vector<std::string>& texts)
{
    std::string row;
    for (const std::string& text : texts) {
        row += (row.empty() ? "\"" : ", \"") + text + '"';
    }
    return row;
}

// What one type needs beside its row, and the row itself.
class TypeRow final {
public:
    TypeRow(CodeWriter& writer, const EmitContext& context, std::size_t index)
        : writer_(writer), scope_(context.source_scope), suffix_('_' + std::to_string(index))
    {
    }

    std::string operator()(const model::Enum* target) const
    {
        std::vector<std::string> rows;
        for (const model::Enumerator& enumerator : target->enumerators) {
            const model::Integer& value = enumerator.value;
            const std::uint64_t bits = value.negative ? 0 - value.magnitude : value.magnitude;
            const auto number = std::bit_cast<std::int64_t>(bits);
            const model::Integer same_bits{number < 0, number < 0 ? 0 - bits : bits};
            rows.push_back("{.name = \"" + enumerator.name +
                           "\", .value = " + integer_text(same_bits, model::Builtin::int64) + "},\n");
        }
        emit_table("EnumeratorDescriptor enumerators", rows);
        return head("enumeration", target->name) + ", .underlying = \"" + std::string(to_string(target->underlying)) +
               "\", .enumerators = enumerators" + suffix_;
    }

    std::string operator()(const model::Struct* target) const
    {
        std::string row = head(target->is_variant ? "variant" : "structure", target->name);
        if (!target->parameters.empty()) {
            writer_.blank_line();
            writer_.emit("constexpr std::string_view parameters$suffix$[] = {$row$};",
                         {{"suffix", suffix_}, {"row", text_rows(target->parameters)}});
            row += ", .parameters = parameters" + suffix_;
        }
        if (target->fields.empty()) {
            return row;
        }
        writer_.blank_line();
        writer_.emit("$table$", {{"table", field_table("fields" + suffix_, target->fields, target->parameters)}});
        return row + ", .fields = fields" + suffix_;
    }

    std::string operator()(const model::Native* target) const { return head("native", target->name); }

    std::string operator()(const model::Interface* target) const
    {
        return head("interface", target->name) + ", .interface = remoting::InterfaceTraits<" +
               scope_.name(target->name) + ">::descriptor";
    }

    template <class T>
    std::string operator()(const T&) const
    {
        return {};
    }

private:
    static std::string head(const std::string& form, const model::Name& name)
    {
        return ".form = remoting::TypeForm::" + form + ", .name = \"" + name.qualified() + '"';
    }
    void emit_table(const std::string& name, const std::vector<std::string>& rows) const
    {
        writer_.blank_line();
        writer_.emit("$table$", {{"table", table("constexpr remoting::" + name + suffix_ + "[]", rows)}});
    }

    CodeWriter& writer_;
    const CppScope& scope_;
    std::string suffix_;
};

}  // namespace

std::vector<model::Type> described_types(const EmitContext& context)
{
    return Collector(context).run();
}

std::string field_table(const std::string& name, const std::vector<model::Field>& fields,
                        const std::vector<std::string>& parameters)
{
    std::vector<std::string> rows;
    for (const model::Field& field : fields) {
        std::string row = "{.name = \"" + field.name + "\", .type = \"" + to_string(field.type, parameters) + '"';
        row += field.value ? ", .value = " + string_literal(describe_value(*field.value, field.type)) : "";
        row += field.is_reserved ? ", .is_reserved = true" : "";
        rows.push_back(row + "},\n");
    }
    return rows.empty() ? "" : table("constexpr remoting::FieldDescriptor " + name + "[]", rows);
}

void emit_type_table(CodeWriter& writer, const EmitContext& context)
{
    if (context.described.empty()) {
        return;
    }
    writer.blank_line();
    writer.emit("namespace remoting_types {");
    std::vector<std::string> rows;
    for (std::size_t index = 0; index < context.described.size(); ++index) {
        rows.push_back('{' + std::visit(TypeRow(writer, context, index), context.described[index].kind) + "},\n");
    }
    writer.blank_line();
    writer.emit("$table$", {{"table", table("constexpr remoting::TypeDescriptor all[]", rows)}});
    writer.blank_line();
    writer.emit("}  // namespace remoting_types");
}

}  // namespace remoting::idl
