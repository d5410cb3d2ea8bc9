// SPDX-License-Identifier: BSL-1.0
#include "cpp_names.hpp"

#include "cpp_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace remoting::idl {

namespace {

constexpr std::string_view runtime_prefix = "remoting_";
constexpr std::string_view completion_token = "CompletionToken_";  // a template parameter of generated functions
constexpr std::uint64_t largest_int = 2147483647;

bool is_reserved(std::string_view name)
{
    return is_cpp_keyword(name) || may_be_macro(name) || name.starts_with(runtime_prefix);
}

std::string escaped_if(std::string_view name, bool clashes)
{
    return clashes ? std::string(name) + '_' : std::string(name);
}

// Generated code says std::, boost:: and remoting:: everywhere, and defines functions named serialize.
bool is_used_by_generated_code(std::string_view name)
{
    return name == "std" || name == "boost" || name == "remoting";
}

// Of functions that are generated inside or beside an interface's class.
bool is_local(std::string_view name)
{
    static const std::set<std::string_view> locals = {"archive", "call", "object", "servant", "target", "values"};
    return locals.contains(name);
}

// Of std::variant, and those that the compiler adds.
bool is_variant_member(std::string_view name)
{
    static const std::set<std::string_view> members = {
        "Alternative", "VariantType", "emplace", "index", "swap", "valueless_by_exception", "variant"};
    return members.contains(name);
}

template <class T>
std::string floating_text(T value)
{
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    std::string text(buffer.data(), error == std::errc() ? end : buffer.data());
    if (text.find_first_of(".e") == std::string::npos) {
        text += ".0";
    }
    return std::is_same_v<T, float> ? text + 'F' : text;
}

// The parts of a namespace that lies in others, and the types of the modules reached: what can hide an outermost
// namespace's name.
void add_inner_names(const model::Module& module, std::set<const model::Module*>& seen, std::set<std::string>& names)
{
    if (!seen.insert(&module).second) {
        return;
    }
    for (std::size_t index = 1; index < module.cpp_name_space.size(); ++index) {
        names.insert(module.cpp_name_space[index]);
    }
    const auto add = [&](const auto& declarations) {
        for (const auto& declaration : declarations) {
            names.insert(declaration->name.cpp);
        }
    };
    add(module.enums);
    add(module.structs);
    add(module.natives);
    add(module.exceptions);
    add(module.interfaces);
    for (const model::Import& import : module.imports) {
        add_inner_names(*import.module, seen, names);
    }
}

}  // namespace

std::string cpp_name(std::string_view name)
{
    return escaped_if(name, is_reserved(name));
}

std::string cpp_type_name(std::string_view name)
{
    // Compilers and formatters take lines that begin with these two for module directives.
    const bool is_directive = name == "import" || name == "module";
    // The runtime knows generated variants by a type inside them that is called VariantType; a class is inside itself.
    const bool is_special = name == "serialize" || name == "VariantType" || is_directive;
    return escaped_if(name, is_reserved(name) || is_used_by_generated_code(name) || is_special);
}

std::string cpp_variant_name(std::string_view name)
{
    return cpp_type_name(is_variant_member(name) ? std::string(name) + '_' : std::string(name));
}

std::string cpp_namespace_part(std::string_view name, bool is_outermost)
{
    return escaped_if(name,
                      is_reserved(name) || is_used_by_generated_code(name) || (is_outermost && is_global_name(name)));
}

std::string cpp_member_name(std::string_view name, std::string_view owner)
{
    return unique_name(cpp_name(name), [&](const std::string& candidate) {
        return candidate == owner || candidate == completion_token;
    });
}

std::string cpp_constant_name(std::string_view name, std::string_view owner)
{
    return cpp_member_name(is_local(name) ? std::string(name) + '_' : std::string(name), owner);
}

std::string cpp_alternative_name(std::string_view name, std::string_view owner)
{
    return unique_name(cpp_name(name), [&](const std::string& candidate) {
        return candidate == owner || is_variant_member(candidate);
    });
}

std::string cpp_type_parameter_name(std::string_view name, const model::Struct& owner)
{
    static const std::set<std::string_view> locals = {"archive", "Archive", "left", "right", "stream", "value"};
    return unique_name(cpp_type_name(name), [&](const std::string& candidate) {
        const auto has_name = [&](const model::Field& field) { return field.cpp_name == candidate; };
        const bool is_parameter = std::find(owner.cpp_parameters.begin(), owner.cpp_parameters.end(), candidate) !=
                                  owner.cpp_parameters.end();
        return candidate == owner.name.cpp || locals.contains(candidate) || is_parameter ||
               std::any_of(owner.fields.begin(), owner.fields.end(), has_name);
    });
}

std::string cpp_exception_field_name(std::string_view name, std::string_view owner)
{
    return cpp_member_name(name == "what" ? "what_" : name, owner);
}

std::string cpp_parameter_name(std::string_view name, const IsTaken& is_taken)
{
    const bool clashes =
        is_reserved(name) || is_used_by_generated_code(name) || is_global_variable(name) || is_local(name);
    const std::string escaped = escaped_if(name, clashes || is_taken(std::string(name)));
    return unique_name(
        escaped, [&](const std::string& candidate) { return candidate == completion_token || is_taken(candidate); });
}

std::string unique_name(const std::string& name, const IsTaken& is_taken)
{
    if (!is_taken(name)) {
        return name;
    }
    std::string stem = name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
    while (is_taken(stem + '_')) {
        stem += '0';
    }
    return stem + '_';
}

std::string free_name(const std::string& name, const std::set<std::string>& taken)
{
    return unique_name(name, [&](const std::string& candidate) { return taken.contains(candidate); });
}

CppScope::CppScope(const model::Module& module) : module_(&module)
{
    std::set<std::string> names;
    std::set<const model::Module*> seen;
    add_inner_names(module, seen, names);
    inner_names_ = std::make_shared<const std::set<std::string>>(std::move(names));
}

CppScope CppScope::with(const std::set<std::string>& hidden) const
{
    CppScope inner = *this;
    inner.hidden_.insert(hidden.begin(), hidden.end());
    return inner;
}

CppScope CppScope::with_parameters(const model::Struct& generic) const
{
    CppScope inner = with({generic.cpp_parameters.begin(), generic.cpp_parameters.end()});
    inner.parameters_ = generic.cpp_parameters;
    return inner;
}

std::string CppScope::name(const model::Name& name) const
{
    const std::string qualified = namespace_text(*name.module) + "::" + name.cpp;
    if (module_ == nullptr) {
        return "::" + qualified;
    }
    if (name.module->cpp_name_space == module_->cpp_name_space) {
        return hidden_.contains(name.cpp) ? "::" + qualified : name.cpp;
    }
    return inner_names_->contains(name.module->cpp_name_space.front()) ? "::" + qualified : qualified;
}

std::string CppScope::type(const model::Type& type) const
{
    struct Visitor {
        const CppScope& scope;
        const model::Type& type;

        std::string argument(std::size_t index) const { return scope.type(type.arguments[index]); }

        std::string operator()(model::Unresolved) const { return "void"; }
        std::string operator()(model::Builtin builtin) const { return std::string(builtin_text(builtin)); }
        std::string operator()(const model::Enum* target) const { return scope.name(target->name); }
        std::string operator()(const model::Struct* target) const
        {
            std::string arguments;
            for (std::size_t index = 0; index < type.arguments.size(); ++index) {
                arguments += (index == 0 ? "<" : ", ") + argument(index);
            }
            return scope.name(target->name) + arguments + (arguments.empty() ? "" : ">");
        }
        std::string operator()(const model::Interface* target) const
        {
            return "std::shared_ptr<" + scope.name(target->name) + '>';
        }
        std::string operator()(const model::Native* target) const { return scope.name(target->name); }
        std::string operator()(model::Optional) const
        {
            // A reference can be null without help.
            const bool is_reference = type.arguments[0].is<const model::Interface*>();
            return is_reference ? argument(0) : "std::optional<" + argument(0) + '>';
        }
        std::string operator()(model::Stream) const { return "remoting::Stream<" + argument(0) + '>'; }
        std::string operator()(model::List) const { return "std::vector<" + argument(0) + '>'; }
        std::string operator()(model::Set) const { return "std::set<" + argument(0) + '>'; }
        std::string operator()(model::Array array) const
        {
            return "std::array<" + argument(0) + ", " + std::to_string(array.length) + '>';
        }
        std::string operator()(model::Map) const { return "std::map<" + argument(0) + ", " + argument(1) + '>'; }
        std::string operator()(model::TypeParameter parameter) const { return scope.parameters_[parameter.index]; }
    };
    return std::visit(Visitor{*this, type}, type.kind);
}

namespace {

std::string character_text(char16_t unit)
{
    if (unit < 0x20 || unit >= 0x7F) {
        return "static_cast<char16_t>(" + std::to_string(static_cast<unsigned>(unit)) + ')';
    }
    const bool is_special = unit == u'\'' || unit == u'\\';
    return std::string("u'") + (is_special ? "\\" : "") + static_cast<char>(unit) + '\'';
}

std::string ticks_text(model::Ticks ticks)
{
    const bool negative = ticks.count < 0;
    const auto count = static_cast<std::uint64_t>(ticks.count);
    const std::string text =
        "remoting::TimeSpan(" + integer_text({negative, negative ? 0 - count : count}, model::Builtin::int64) + ')';
    return ticks.is_point ? "remoting::Timestamp(" + text + ')' : text;
}

std::string uuid_text(const model::Uuid& uuid)
{
    std::string text;
    for (const std::uint8_t byte : uuid.bytes) {
        text += (text.empty() ? "" : ", ") + std::to_string(byte);
    }
    return "remoting::Uuid{{" + text + "}}";
}

std::string decimal_text(const model::Decimal& decimal)
{
    return "remoting::Decimal::from_parts(" + std::to_string(decimal.low) + "U, " + std::to_string(decimal.high) +
           "U, " + std::to_string(decimal.scale) + ", " + (decimal.negative ? "true" : "false") + ')';
}

std::string text_of_string(const std::string& text, const model::Type& type)
{
    const std::string literal = string_literal(text);
    const bool has_zero = text.find('\0') != std::string::npos;
    const std::string sized = literal + (has_zero ? ", " + std::to_string(text.size()) : "");
    if (type.is(model::Builtin::bytes)) {
        return "remoting::Bytes(std::string_view(" + sized + "))";
    }
    return has_zero ? "std::string(" + sized + ')' : literal;
}

struct ValueText {
    const CppScope& scope;
    const model::Type& type;

    std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
    std::string operator()(const model::Integer& integer) const
    {
        return integer_text(integer, std::get<model::Builtin>(type.kind));
    }
    std::string operator()(double number) const
    {
        return type.is(model::Builtin::float32) ? floating_text(static_cast<float>(number)) : floating_text(number);
    }
    std::string operator()(const std::string& text) const { return text_of_string(text, type); }
    std::string operator()(const model::EnumValue& enumerator) const
    {
        return scope.name(enumerator.type->name) + "::" + enumerator.type->enumerators[enumerator.index].cpp_name;
    }
    std::string operator()(const model::Character& character) const { return character_text(character.unit); }
    std::string operator()(const model::Ticks& ticks) const { return ticks_text(ticks); }
    std::string operator()(const model::Uuid& uuid) const { return uuid_text(uuid); }
    std::string operator()(const model::Decimal& decimal) const { return decimal_text(decimal); }
    std::string operator()(const model::Null&) const
    {
        return type.is<const model::Interface*>() ? "nullptr" : "std::nullopt";
    }
    std::string operator()(const model::Unset&) const { return "{}"; }
    std::string operator()(const model::Elements& elements) const;
    std::string operator()(const model::Alternative& alternative) const
    {
        const model::Struct& variant = *std::get<const model::Struct*>(type.kind);
        const model::Field& field = variant.fields[alternative.index];
        const std::string name = scope.name(variant.name);
        return name + "(std::in_place_index<" + name + "::" + field.cpp_name + ">, " +
               scope.value(alternative.value[0], field.type) + ')';
    }
};

std::string ValueText::operator()(const model::Elements& elements) const
{
    const auto* const* structure = std::get_if<const model::Struct*>(&type.kind);
    std::string text;
    for (std::size_t index = 0; index < elements.values.size(); ++index) {
        const model::Value& element = elements.values[index];
        const bool is_mapped = type.is<model::Map>() && index % 2 == 1;
        if (structure != nullptr) {
            const model::Field& field = (*structure)->fields[index];
            if (!std::holds_alternative<model::Unset>(element)) {
                text += (text.empty() ? "" : ", ") + ('.' + field.cpp_name + " = ") +
                        scope.value(element, model::substituted(field.type, type.arguments));
            }
        } else if (type.is<model::Map>()) {
            text += is_mapped ? ", " : (text.empty() ? "{" : ", {");
            text += scope.value(element, type.arguments[is_mapped ? 1 : 0]) + (is_mapped ? "}" : "");
        } else {
            text += (text.empty() ? "" : ", ") + scope.value(element, type.arguments[0]);
        }
    }
    return scope.type(type) + (type.is<model::Array>() ? "{{" + text + "}}" : '{' + text + '}');
}

}  // namespace

std::string CppScope::value(const model::Value& value, const model::Type& type) const
{
    const model::Type& plain = type.is<model::Optional>() ? type.arguments[0] : type;
    return std::visit(ValueText{*this, plain}, static_cast<const model::Value::variant&>(value));
}

std::string namespace_text(const model::Module& module)
{
    std::string text;
    for (const std::string& part : module.cpp_name_space) {
        text += text.empty() ? part : "::" + part;
    }
    return text;
}

std::string_view builtin_text(model::Builtin builtin) noexcept
{
    static constexpr std::array<std::string_view, model::builtin_count> names = {"bool",
                                                                                 "std::int8_t",
                                                                                 "std::int16_t",
                                                                                 "std::int32_t",
                                                                                 "std::int64_t",
                                                                                 "std::uint8_t",
                                                                                 "std::uint16_t",
                                                                                 "std::uint32_t",
                                                                                 "std::uint64_t",
                                                                                 "float",
                                                                                 "double",
                                                                                 "std::string",
                                                                                 "remoting::Bytes",
                                                                                 "remoting::Timestamp",
                                                                                 "char16_t",
                                                                                 "remoting::TimeSpan",
                                                                                 "remoting::Uuid",
                                                                                 "remoting::Decimal",
                                                                                 "remoting::Any"};
    return names[static_cast<std::size_t>(builtin)];
}

bool is_passed_by_value(const model::Type& type) noexcept
{
    if (const auto* builtin = std::get_if<model::Builtin>(&type.kind)) {
        return *builtin != model::Builtin::string && *builtin != model::Builtin::bytes &&
               *builtin != model::Builtin::any;
    }
    return type.is<const model::Enum*>() || type.is<model::Stream>();
}

std::string deprecated_text(const model::Attributes& attributes)
{
    if (!attributes.deprecated) {
        return "";
    }
    return attributes.deprecated->empty() ? "[[deprecated]] "
                                          : "[[deprecated(" + string_literal(*attributes.deprecated) + ")]] ";
}

std::string string_literal(std::string_view text)
{
    std::string literal = "\"";
    char previous = '\0';
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            literal += '\\';
            literal += character;
        } else if (character == '\n') {
            literal += "\\n";
        } else if (character == '?' && previous == '?') {
            literal += "\\?";  // no trigraphs
        } else if (byte < 0x20 || byte == 0x7F) {
            for (const unsigned shift : {6U, 3U, 0U}) {
                literal += static_cast<char>('0' + ((byte >> shift) & 7U));
            }
            literal.insert(literal.size() - 3, "\\");
        } else {
            literal += character;
        }
        previous = character;
    }
    return literal + '"';
}

std::string integer_text(const model::Integer& value, model::Builtin type)
{
    const bool is_unsigned = type >= model::Builtin::uint8 && type <= model::Builtin::uint64;
    // The digits of the smallest number are no number of its type.
    if (value.negative && value.magnitude == std::uint64_t{1} << 63U) {
        return "-9223372036854775807 - 1";
    }
    const bool suffix = is_unsigned && value.magnitude > largest_int;
    return (value.negative ? "-" : "") + std::to_string(value.magnitude) + (suffix ? "U" : "");
}

}  // namespace remoting::idl
