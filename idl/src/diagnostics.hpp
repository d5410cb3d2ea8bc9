// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "source_text.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace remoting::idl {

/// What the compiler can find wrong. Each rule has a bad file in tests/diagnostics; a test checks that none is missing.
enum class Rule : std::uint8_t {
    // text and tokens
    file_too_large,
    invalid_utf8,
    invalid_character,
    invalid_identifier,
    unterminated_comment,
    unterminated_string,
    invalid_escape,
    invalid_number,
    // syntax
    unexpected_token,
    nesting_too_deep,
    missing_namespace,
    misplaced_namespace,
    invalid_import,
    not_supported,
    too_many_errors,
    // names
    unknown_type,
    unknown_name,
    wrong_kind,
    duplicate_name,
    built_in_name,
    unknown_attribute,  // a warning
    unused_import,      // a warning
    deprecated,         // a warning
    misspelt_attribute,
    misused_attribute,
    import_not_found,
    import_cycle,
    // types
    type_arguments,
    void_value,
    nested_nullable,
    map_key,
    array_length,
    recursive_struct,
    // values
    value_type,
    value_range,
    enum_type,
    enum_value,
    empty_enum,
    no_default,
    cyclic_constant,
    // exceptions and interfaces
    inheritance_cycle,
    duplicate_base,
    ambiguous_member,
    member_named_like_type,
    constructor,
    throws,
    property,
    one_way,
    overload,
    default_argument,
    stream,
    event,
    variant,
    native,
    mailslot,
    infinite_generic,
    too_large,
};

inline constexpr std::size_t rule_count = static_cast<std::size_t>(Rule::too_large) + 1;

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
    Rule rule;
    Severity severity;
    const SourceText* source;
    Span span;
    std::string message;
};

/// Collects what is wrong with the files of one run. Reports nothing twice at one place and stops at max_errors.
class Diagnostics final {
public:
    static constexpr std::size_t max_errors = 100;

    /// Warnings of `rule` are not kept from now on.
    void silence(Rule rule) { silenced_.insert(rule); }

    void error(Rule rule, const SourceText& source, Span span, std::string message);
    void warning(Rule rule, const SourceText& source, Span span, std::string message);

    bool has_errors() const noexcept { return error_count_ != 0; }
    std::size_t error_count() const noexcept { return error_count_; }
    /// Nothing more will be kept; callers stop working.
    bool is_full() const noexcept { return error_count_ >= max_errors; }
    const std::vector<Diagnostic>& all() const noexcept { return diagnostics_; }

    /// Each as text, in the order of files first mentioned, then of lines.
    std::vector<std::string> render() const;

private:
    void add(Diagnostic diagnostic);

    std::vector<Diagnostic> diagnostics_;
    std::size_t error_count_ = 0;
    std::set<Rule> silenced_;
};

/// "unknown-attribute" names the warnings of a rule; "" for rules that have none.
std::string_view warning_name(Rule rule) noexcept;
/// Nothing when no warning has that name.
std::optional<Rule> find_warning(std::string_view name) noexcept;
/// All of them.
std::vector<std::string> warning_names();

/// `file:line:column: error: message`, the source line, and a line with carets under the span.
std::string render(const Diagnostic& diagnostic);

/// "; did you mean 'x'?" for the candidate that is nearest to `name`, or "" when none is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace remoting::idl
