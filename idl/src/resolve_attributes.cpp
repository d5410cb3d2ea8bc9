// SPDX-License-Identifier: BSL-1.0
#include "resolve_attributes.hpp"

#include <algorithm>
#include <limits>

namespace remoting::idl {

namespace {

constexpr std::uint64_t ticks_per_millisecond = 10'000;

bool is_name(std::string_view text)
{
    const auto is_letter = [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    };
    const auto is_part = [&](char character) {
        return is_letter(character) || character == '_' || (character >= '0' && character <= '9');
    };
    return !text.empty() && text.size() <= 200 && is_letter(text.front()) && text.back() != '_' &&
           text.find("__") == std::string_view::npos && std::all_of(text.begin(), text.end(), is_part);
}

class AttributeResolver final {
public:
    AttributeResolver(ResolveContext& context, const FileContext& file, Place place) noexcept
        : context_(context),
          file_(file),
          place_(place)
    {
    }

    AttributeValues resolve(const ast::Attributes& attributes)
    {
        for (const ast::Attribute& attribute : attributes) {
            const KnownAttribute& known = *find_attribute(attribute.name.text);
            if (!known.can_stand_at(place_)) {
                error(attribute.name.span,
                      in_quotes(known.name) + " is for " + std::string(known.places_text) + " only");
            } else if (!seen_.insert(attribute.name.text).second) {
                error(attribute.name.span, in_quotes(known.name) + " is written twice");
            } else {
                apply(known, attribute);
            }
        }
        return std::move(values_);
    }

private:
    void error(Span span, std::string message)
    {
        context_.error(Rule::misused_attribute, file_, span, std::move(message));
    }
    void apply(const KnownAttribute& known, const ast::Attribute& attribute);
    void apply_bare(const ast::Attribute& attribute);
    void apply_text(const ast::Attribute& attribute);
    void apply_deadline(const ast::Attribute& attribute);
    void apply_pairs(const ast::Attribute& attribute);

    ResolveContext& context_;
    const FileContext& file_;
    Place place_;
    std::set<std::string> seen_;
    AttributeValues values_;
};

void AttributeResolver::apply(const KnownAttribute& known, const ast::Attribute& attribute)
{
    const std::string name = in_quotes(known.name);
    const bool has_one = attribute.arguments.size() == 1 && !attribute.arguments[0].key;
    switch (known.form) {
        case AttributeForm::bare:
            if (attribute.has_brackets) {
                error(attribute.arguments.empty() ? attribute.span : attribute.arguments[0].value.span,
                      name + " takes no arguments");
            } else {
                apply_bare(attribute);
            }
            break;
        case AttributeForm::text:
            if (attribute.name.text == "deprecated" && !attribute.has_brackets) {
                values_.common.deprecated = "";
            } else if (!has_one || attribute.arguments[0].value.kind != ast::Value::Kind::string) {
                error(attribute.span, name + " takes one text: [" + std::string(known.name) + "(\"...\")]");
            } else {
                apply_text(attribute);
            }
            break;
        case AttributeForm::duration:
            if (!has_one || attribute.arguments[0].value.kind != ast::Value::Kind::duration) {
                error(attribute.span, name + " takes a time with its unit, ms, s, min or h: [deadline(2s)]");
            } else {
                apply_deadline(attribute);
            }
            break;
        case AttributeForm::pairs:
            apply_pairs(attribute);
            break;
    }
}

void AttributeResolver::apply_bare(const ast::Attribute& attribute)
{
    const std::string& name = attribute.name.text;
    if (name == "oneway") {
        values_.one_way = attribute.name.span;
    } else if (name == "idempotent") {
        values_.idempotent = attribute.name.span;
    }
    values_.common.secret = values_.common.secret || name == "secret";
    values_.common.observable = values_.common.observable || name == "observable";
    values_.common.mailslot = values_.common.mailslot || name == "mailslot";
}

void AttributeResolver::apply_text(const ast::Attribute& attribute)
{
    const ast::Value& value = attribute.arguments[0].value;
    if (attribute.name.text == "deprecated") {
        values_.common.deprecated = value.text;
    } else if (attribute.name.text == "dotnet") {
        values_.common.dotnet = value.text;
        if (value.text.empty()) {
            error(value.span, "'dotnet' takes the full name of a type: [dotnet(\"Bank.Money, Bank\")]");
        }
    } else if (is_name(value.text)) {
        values_.wire_name = value.text;
        values_.wire_span = value.span;
    } else {
        error(value.span, "a name on the wire is made like any name: letters, digits, underscores inside");
    }
}

void AttributeResolver::apply_deadline(const ast::Attribute& attribute)
{
    const ast::Value& value = attribute.arguments[0].value;
    const std::uint64_t milliseconds = value.magnitude / ticks_per_millisecond;
    if (value.negative || milliseconds == 0 || milliseconds > std::numeric_limits<std::uint32_t>::max() ||
        value.magnitude % ticks_per_millisecond != 0) {
        error(value.span, "a deadline is a whole number of milliseconds, at least 1 and at most 49 days");
        return;
    }
    values_.deadline = std::chrono::milliseconds(milliseconds);
}

void AttributeResolver::apply_pairs(const ast::Attribute& attribute)
{
    for (const ast::Attribute::Argument& argument : attribute.arguments) {
        const std::string key = argument.key ? argument.key->text : "";
        const std::string& text = argument.value.text;
        if ((key != "type" && key != "header") || argument.value.kind != ast::Value::Kind::string) {
            error(argument.value.span, "'cpp' takes a type and a header: [cpp(type = \"...\", header = \"...\")]");
            return;
        }
        const bool is_bracketed = key == "header" && text.starts_with('<') && text.ends_with('>') && text.size() > 2;
        const bool is_clean = !text.empty() && text.find_first_of("\"\\\n\r;{}#") == std::string::npos;
        if (!is_clean || (key == "header" && !is_bracketed && text.find_first_of("<>") != std::string::npos)) {
            error(argument.value.span, "this is no C++ " + key);
            return;
        }
        (key == "type" ? values_.cpp_type : values_.cpp_header) =
            key == "type" || is_bracketed ? text : '"' + text + '"';
    }
}

}  // namespace

AttributeValues resolve_attributes(ResolveContext& context, const FileContext& file, const ast::Attributes& attributes,
                                   Place place)
{
    return AttributeResolver(context, file, place).resolve(attributes);
}

}  // namespace remoting::idl
