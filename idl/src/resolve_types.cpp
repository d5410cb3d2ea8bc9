// SPDX-License-Identifier: BSL-1.0
#include "resolve_context.hpp"

#include <algorithm>
#include <optional>

namespace remoting::idl {

namespace {

using model::Builtin;

constexpr std::size_t builtin_count = static_cast<std::size_t>(Builtin::timestamp) + 1;

const std::vector<std::string>& planned_types()
{
    static const std::vector<std::string> names = {"char", "duration", "uuid", "decimal", "any", "array", "set"};
    return names;
}

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
    };
    const auto found = names.find(name);
    return found == names.end() ? std::string_view() : found->second;
}

std::string hint_for(ResolveContext& context, const FileContext& file, const std::string& name)
{
    if (const std::string_view familiar = familiar_name(name); !familiar.empty()) {
        return "; did you mean " + in_quotes(familiar) + '?';
    }
    std::vector<std::string> candidates = context.symbols.candidates(file.module->name_space);
    for (const std::string& candidate : candidates) {
        if (candidate.ends_with('.' + name)) {
            return "; did you mean " + in_quotes(candidate) + '?';
        }
    }
    for (std::size_t index = 0; index < builtin_count; ++index) {
        candidates.emplace_back(to_string(static_cast<Builtin>(index)));
    }
    candidates.insert(candidates.end(), {"list", "map", "stream"});
    return did_you_mean(name, candidates);
}

bool can_be_key(const model::Type& type)
{
    if (const auto* builtin = std::get_if<Builtin>(&type.kind)) {
        return *builtin <= Builtin::uint64 || *builtin == Builtin::string;
    }
    return type.is<const model::Enum*>() || type.is<model::Unresolved>();
}

class TypeResolver final {
public:
    TypeResolver(ResolveContext& context, const FileContext& file) noexcept : context_(context), file_(file) {}

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
        if (!has_arguments(type, 1, "stream<T>")) {
            return {};
        }
        model::Type element = resolve(type.arguments[0]);
        if (element.is<model::Unresolved>()) {
            return {};
        }
        return {model::Stream{}, {std::move(element)}};
    }

private:
    model::Type resolve_plain(const ast::Type& type);
    model::Type resolve_list(const ast::Type& type);
    model::Type resolve_map(const ast::Type& type);
    model::Type resolve_declared(const ast::Type& type);
    bool has_arguments(const ast::Type& type, std::size_t count, const std::string& example);
    model::Type fail(Rule rule, Span span, std::string message)
    {
        context_.error(rule, file_, span, std::move(message));
        return {};
    }

    ResolveContext& context_;
    const FileContext& file_;
};

model::Type TypeResolver::resolve_plain(const ast::Type& type)
{
    if (type.name.parts.size() != 1) {
        return resolve_declared(type);
    }
    const std::string& name = type.name.parts.front().text;
    if (name == "list") {
        return resolve_list(type);
    }
    if (name == "map") {
        return resolve_map(type);
    }
    if (name == "stream") {
        return fail(Rule::stream, type.span, "a stream is a result or an 'in' parameter of a method, and nothing else");
    }
    if (name == "void") {
        return fail(Rule::void_value, type.span, "'void' is no value; only a method's result can be void");
    }
    if (std::find(planned_types().begin(), planned_types().end(), name) != planned_types().end()) {
        return fail(Rule::not_supported, type.span, "type " + in_quotes(name) + " is not supported yet");
    }
    if (const std::optional<Builtin> builtin = find_builtin(name)) {
        return has_arguments(type, 0, name) ? model::Type{*builtin, {}} : model::Type{};
    }
    return resolve_declared(type);
}

bool TypeResolver::has_arguments(const ast::Type& type, std::size_t count, const std::string& example)
{
    if (type.arguments.size() == count) {
        return true;
    }
    const std::string wanted = count == 0 ? " takes no types in angle brackets" : " is written " + in_quotes(example);
    context_.error(Rule::type_arguments, file_, type.span, in_quotes(type.name.text()) + wanted);
    return false;
}

model::Type TypeResolver::resolve_list(const ast::Type& type)
{
    if (!has_arguments(type, 1, "list<T>")) {
        return {};
    }
    model::Type element = resolve(type.arguments[0]);
    if (element.is<model::Unresolved>()) {
        return {};
    }
    return {model::List{}, {std::move(element)}};
}

model::Type TypeResolver::resolve_map(const ast::Type& type)
{
    if (!has_arguments(type, 2, "map<K, V>")) {
        return {};
    }
    model::Type key = resolve(type.arguments[0]);
    model::Type value = resolve(type.arguments[1]);
    if (!can_be_key(key)) {
        return fail(Rule::map_key, type.arguments[0].span,
                    "a key is an integer, a bool, a string or an enum, not " + in_quotes(to_string(key)));
    }
    if (key.is<model::Unresolved>() || value.is<model::Unresolved>()) {
        return {};
    }
    return {model::Map{}, {std::move(key), std::move(value)}};
}

model::Type TypeResolver::resolve_declared(const ast::Type& type)
{
    const Symbol* symbol = find_symbol(context_, file_, type.name, "type");
    if (symbol == nullptr || std::holds_alternative<UnusableSymbol>(symbol->target)) {
        return {};
    }
    if (!type.arguments.empty()) {
        return fail(Rule::type_arguments, type.span, in_quotes(type.name.text()) + " takes no types in angle brackets");
    }
    struct Visitor {
        model::Type operator()(const model::Enum* target) const { return {target, {}}; }
        model::Type operator()(const model::Struct* target) const { return {target, {}}; }
        model::Type operator()(const model::Interface* target) const { return {target, {}}; }
        model::Type operator()(UnusableSymbol) const { return {}; }
        model::Type operator()(const model::Constant*) const { return {}; }
        model::Type operator()(const model::Exception*) const { return {}; }
    };
    model::Type resolved = std::visit(Visitor{}, symbol->target);
    if (resolved.is<model::Unresolved>()) {
        return fail(Rule::wrong_kind, type.span,
                    in_quotes(type.name.text()) + " is " + symbol->kind() + ", not a type");
    }
    return resolved;
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
    if (symbol == nullptr && !file.incomplete) {
        auto& [span, kind] = context.unknown_names[{&file, path.text()}];
        if (kind.empty() || path.span.begin < span.begin) {
            span = path.span;
            kind = what;
        }
    }
    return symbol;
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
                      "unknown " + kind + ' ' + in_quotes(name) + hint_for(context, *file, name));
    }
}

model::Type resolve_type(ResolveContext& context, const FileContext& file, const ast::Type& type)
{
    return TypeResolver(context, file).resolve(type);
}

model::Type resolve_type_or_stream(ResolveContext& context, const FileContext& file, const ast::Type& type)
{
    const bool is_stream = type.name.text() == "stream";
    TypeResolver resolver(context, file);
    return is_stream ? resolver.resolve_stream(type) : resolver.resolve(type);
}

bool is_built_in_name(std::string_view name)
{
    return find_builtin(name) || name == "list" || name == "stream" || name == "map" || name == "void" ||
           name == "variant" ||
           std::find(planned_types().begin(), planned_types().end(), name) != planned_types().end();
}

}  // namespace remoting::idl
