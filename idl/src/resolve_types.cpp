// SPDX-License-Identifier: BSL-1.0
#include "resolve_context.hpp"
#include "resolve_values.hpp"

#include <algorithm>
#include <optional>

namespace remoting::idl {

namespace {

using model::Builtin;

using model::builtin_count;

constexpr std::size_t max_array_length = 65536;

std::optional<Builtin> find_builtin(std::string_view name)
{
    for (std::size_t index = 0; index < builtin_count; ++index) {
        if (to_string(static_cast<Builtin>(index)) == name) {
            return static_cast<Builtin>(index);
        }
    }
    return std::nullopt;
}

// What people write who come from other languages.
std::string_view familiar_name(std::string_view name)
{
    static const std::map<std::string_view, std::string_view> names = {
        {"int", "int32"},          {"long", "int64"},      {"short", "int16"},    {"byte", "uint8"},
        {"sbyte", "int8"},         {"uint", "uint32"},     {"ulong", "uint64"},   {"ushort", "uint16"},
        {"unsigned", "uint32"},    {"boolean", "bool"},    {"Boolean", "bool"},   {"str", "string"},
        {"String", "string"},      {"float32", "float"},   {"float64", "double"}, {"datetime", "timestamp"},
        {"DateTime", "timestamp"}, {"vector", "list"},     {"sequence", "list"},  {"dictionary", "map"},
        {"Dictionary", "map"},     {"List", "list"},       {"int32_t", "int32"},  {"int64_t", "int64"},
        {"uint32_t", "uint32"},    {"uint64_t", "uint64"}, {"uint8_t", "uint8"},  {"size_t", "uint64"},
        {"stream", "stream<T>"},
    };
    const auto found = names.find(name);
    return found == names.end() ? std::string_view() : found->second;
}

// @param kind "type", "interface" or "exception"
std::string hint_for(ResolveContext& context, const FileContext& file, const std::string& name, std::string_view kind)
{
    const Symbols wanted = kind == "type"        ? Symbols::types
                           : kind == "interface" ? Symbols::interfaces
                                                 : Symbols::exceptions;
    const std::string_view familiar = wanted == Symbols::types ? familiar_name(name) : "";
    if (!familiar.empty()) {
        return "; did you mean " + in_quotes(familiar) + '?';
    }
    std::vector<std::string> candidates = context.symbols.candidates(file.module->name_space, wanted);
    for (const std::string& candidate : candidates) {
        if (candidate.ends_with('.' + name)) {
            return "; did you mean " + in_quotes(candidate) + '?';
        }
    }
    if (wanted == Symbols::types) {
        for (std::size_t index = 0; index < builtin_count; ++index) {
            candidates.emplace_back(to_string(static_cast<Builtin>(index)));
        }
        candidates.insert(candidates.end(), {"list", "set", "array", "map", "stream"});
    }
    return did_you_mean(name, candidates);
}

bool can_be_key(const model::Type& type)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        return *builtin <= Builtin::uint64 || *builtin == Builtin::string ||
               (*builtin >= Builtin::timestamp && *builtin <= Builtin::uuid);
    }
    return type.is<const model::Enum*>() || type.is<model::Unresolved>();
}

// How many values an array holds, those of arrays inside counted.
std::uint64_t array_size(const model::Type& type)
{
    const auto* array = std::get_if<model::Array>(&type.kind);
    return array == nullptr ? 1 : array->length * array_size(type.arguments[0]);
}

// `stream` alone is a name like others.
bool is_stream(const ast::Type& type)
{
    return type.name.text() == "stream" && !type.arguments.empty();
}

class TypeResolver final {
public:
    TypeResolver(ResolveContext& context, const FileContext& file, const std::vector<std::string>& parameters) noexcept
        : context_(context),
          file_(file),
          parameters_(parameters)
    {
    }

    model::Type resolve(const ast::Type& type)
    {
        model::Type plain = resolve_plain(type);
        if (!type.nullable || plain.is<model::Unresolved>()) {
            return plain;
        }
        return {model::Optional{}, {std::move(plain)}};
    }

    model::Type resolve_stream(const ast::Type& type)
    {
        if (type.nullable) {
            return fail(Rule::stream, type.span, "a stream cannot be null; one that holds nothing is empty");
        }
        return resolve_with_element(type, model::Stream{}, "stream<T>");
    }

private:
    model::Type resolve_plain(const ast::Type& type);
    template <class Kind>
    model::Type resolve_with_element(const ast::Type& type, Kind kind, const std::string& example);
    model::Type resolve_set(const ast::Type& type);
    model::Type resolve_array(const ast::Type& type);
    model::Type resolve_map(const ast::Type& type);
    model::Type resolve_declared(const ast::Type& type);
    model::Type resolve_arguments(const ast::Type& type, model::Type declared);
    bool has_arguments(const ast::Type& type, std::size_t count, const std::string& example);
    bool check_key(const ast::Type& tree, const model::Type& type, const std::string& what);
    std::string text_of(const model::Type& type) const { return in_quotes(to_string(type, parameters_)); }
    model::Type fail(Rule rule, Span span, std::string message)
    {
        context_.error(rule, file_, span, std::move(message));
        return {};
    }

    ResolveContext& context_;
    const FileContext& file_;
    const std::vector<std::string>& parameters_;
};

model::Type TypeResolver::resolve_plain(const ast::Type& type)
{
    if (type.name.parts.size() != 1) {
        return resolve_declared(type);
    }
    const std::string& name = type.name.parts.front().text;
    if (name == "list") {
        return resolve_with_element(type, model::List{}, "list<T>");
    }
    if (name == "set") {
        return resolve_set(type);
    }
    if (name == "array") {
        return resolve_array(type);
    }
    if (name == "map") {
        return resolve_map(type);
    }
    if (is_stream(type)) {
        return fail(Rule::stream, type.span, "a stream is a result or an 'in' parameter of a method, and nothing else");
    }
    if (name == "void") {
        return fail(Rule::void_value, type.span, "'void' is no value; only a method's result can be void");
    }
    if (const std::optional<Builtin> builtin = find_builtin(name)) {
        return has_arguments(type, 0, name) ? model::Type{*builtin, {}} : model::Type{};
    }
    const auto parameter = std::find(parameters_.begin(), parameters_.end(), name);
    if (parameter != parameters_.end()) {
        const auto index = static_cast<std::size_t>(parameter - parameters_.begin());
        return has_arguments(type, 0, name) ? model::Type{model::TypeParameter{index}, {}} : model::Type{};
    }
    return resolve_declared(type);
}

bool TypeResolver::has_arguments(const ast::Type& type, std::size_t count, const std::string& example)
{
    const bool has_length = type.name.text() == "array";
    if (type.arguments.size() == count && type.length.has_value() == has_length) {
        return true;
    }
    const std::string wanted = count == 0 ? " takes no types in angle brackets" : " is written " + in_quotes(example);
    context_.error(Rule::type_arguments, file_, type.span, in_quotes(type.name.text()) + wanted);
    return false;
}

template <class Kind>
model::Type TypeResolver::resolve_with_element(const ast::Type& type, Kind kind, const std::string& example)
{
    if (!has_arguments(type, 1, example)) {
        return {};
    }
    model::Type element = resolve(type.arguments[0]);
    if (element.is<model::Unresolved>()) {
        return {};
    }
    return {kind, {std::move(element)}};
}

bool TypeResolver::check_key(const ast::Type& tree, const model::Type& type, const std::string& what)
{
    if (can_be_key(type)) {
        return true;
    }
    context_.error(Rule::map_key, file_, tree.span,
                   what + " is an integer, a bool, a string, a char, a uuid, a time or an enum, not " + text_of(type));
    return false;
}

model::Type TypeResolver::resolve_set(const ast::Type& type)
{
    model::Type set = resolve_with_element(type, model::Set{}, "set<T>");
    if (set.is<model::Set>() && !check_key(type.arguments[0], set.arguments[0], "an element of a set")) {
        return {};
    }
    return set;
}

model::Type TypeResolver::resolve_array(const ast::Type& type)
{
    model::Type array = resolve_with_element(type, model::Array{}, "array<T, 16>");
    if (!array.is<model::Array>()) {
        return {};
    }
    const std::optional<std::uint64_t> length = context_.values->length(file_, *type.length);
    if (!length) {
        return {};
    }
    if (*length == 0 || *length > max_array_length || *length * array_size(array.arguments[0]) > max_array_length) {
        return fail(Rule::array_length, type.length->span,
                    "an array has 1 to 65536 elements, those of arrays inside it counted");
    }
    std::get<model::Array>(array.kind).length = static_cast<std::uint32_t>(*length);
    return array;
}

model::Type TypeResolver::resolve_map(const ast::Type& type)
{
    if (!has_arguments(type, 2, "map<K, V>")) {
        return {};
    }
    model::Type key = resolve(type.arguments[0]);
    model::Type value = resolve(type.arguments[1]);
    if (!check_key(type.arguments[0], key, "a key")) {
        return {};
    }
    if (key.is<model::Unresolved>() || value.is<model::Unresolved>()) {
        return {};
    }
    return {model::Map{}, {std::move(key), std::move(value)}};
}

model::Type TypeResolver::resolve_declared(const ast::Type& type)
{
    const Symbol* symbol = find_symbol(context_, file_, type.name, "type");
    if (symbol == nullptr) {
        return {};
    }
    struct Visitor {
        model::Type operator()(const model::Enum* target) const { return {target, {}}; }
        model::Type operator()(const model::Struct* target) const { return {target, {}}; }
        model::Type operator()(const model::Interface* target) const { return {target, {}}; }
        model::Type operator()(const model::Native* target) const { return {target, {}}; }
        model::Type operator()(const model::Constant*) const { return {}; }
        model::Type operator()(const model::Exception*) const { return {}; }
    };
    model::Type resolved = std::visit(Visitor{}, symbol->target);
    if (resolved.is<model::Unresolved>()) {
        return fail(Rule::wrong_kind, type.span,
                    in_quotes(type.name.text()) + " is " + symbol->kind() + ", not a type");
    }
    report_deprecated(context_, file_, type.name, *symbol);
    return resolve_arguments(type, std::move(resolved));
}

model::Type TypeResolver::resolve_arguments(const ast::Type& type, model::Type declared)
{
    const auto* const* target = std::get_if<const model::Struct*>(&declared.kind);
    std::string example;
    for (const std::string& parameter : target == nullptr ? std::vector<std::string>() : (*target)->parameters) {
        example += (example.empty() ? type.name.text() + '<' : ", ") + parameter;
    }
    if (!has_arguments(type, target == nullptr ? 0 : (*target)->parameters.size(), example + '>')) {
        return {};
    }
    for (const ast::Type& argument : type.arguments) {
        declared.arguments.push_back(resolve(argument));
        if (declared.arguments.back().is<model::Unresolved>()) {
            return {};
        }
    }
    return declared;
}

}  // namespace

std::string in_quotes(std::string_view text)
{
    return '\'' + std::string(text) + '\'';
}

std::string place(const SourceText& source, Span span, const SourceText& seen_from)
{
    const std::string line = "line " + std::to_string(source.position(span.begin).line);
    return &source == &seen_from ? line : line + " of " + source.name();
}

bool NamesSeen::add(const ast::Name& name)
{
    const auto [found, is_new] = seen_.emplace(name.text, name.span);
    if (!is_new) {
        context_.error(
            Rule::duplicate_name, file_, name.span,
            in_quotes(name.text) + " is there already, in " + place(file_.source(), found->second, file_.source()));
    }
    return is_new;
}

const Symbol* find_symbol(ResolveContext& context, const FileContext& file, const ast::Path& path,
                          std::string_view what)
{
    const Symbol* symbol = context.symbols.find(path, file.module->name_space);
    if (symbol != nullptr) {
        file.used.insert(symbol->source);
    } else if (!file.incomplete) {
        auto& [span, kind] = context.unknown_names[{&file, path.text()}];
        if (kind.empty() || path.span.begin < span.begin) {
            span = path.span;
            kind = what;
        }
    }
    return symbol;
}

void report_deprecated(ResolveContext& context, const FileContext& file, const ast::Path& path, const Symbol& symbol)
{
    if (symbol.source == &file.source()) {
        return;
    }
    const auto* attributes = std::visit([](const auto* target) { return &target->attributes; }, symbol.target);
    if (attributes->deprecated) {
        context.diagnostics.warning(Rule::deprecated, file.source(), path.span,
                                    in_quotes(path.text()) + " is deprecated" +
                                        (attributes->deprecated->empty() ? "" : ": " + *attributes->deprecated));
    }
}

void report_unknown_names(ResolveContext& context)
{
    for (const auto& [use, first] : context.unknown_names) {
        if (context.diagnostics.is_full()) {
            return;
        }
        const auto& [file, name] = use;
        const auto& [span, kind] = first;
        context.error(Rule::unknown_type, *file, span,
                      "unknown " + kind + ' ' + in_quotes(name) + hint_for(context, *file, name, kind));
    }
}

model::Type resolve_type(ResolveContext& context, const FileContext& file, const ast::Type& type,
                         const std::vector<std::string>& parameters)
{
    return TypeResolver(context, file, parameters).resolve(type);
}

model::Type resolve_type_or_stream(ResolveContext& context, const FileContext& file, const ast::Type& type)
{
    const std::vector<std::string> no_parameters;
    TypeResolver resolver(context, file, no_parameters);
    return is_stream(type) ? resolver.resolve_stream(type) : resolver.resolve(type);
}

bool is_built_in_name(std::string_view name)
{
    static const std::set<std::string_view> others = {"list", "set", "array", "map", "void", "null"};
    return find_builtin(name) || others.contains(name);
}

}  // namespace remoting::idl
