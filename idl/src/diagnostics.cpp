// SPDX-License-Identifier: BSL-1.0
#include "diagnostics.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

namespace remoting::idl {

namespace {

constexpr std::size_t max_shown = 160;
constexpr std::size_t max_compared = 64;

// The part of a line that is shown. A line may be megabytes long; what is far from the caret is cut off.
Span shown_part(const SourceText& source, std::uint32_t offset)
{
    const Span line = source.line_at(offset);
    if (line.end - line.begin <= max_shown) {
        return line;
    }
    const std::string_view text = source.text();
    const auto in_code_point = [&](std::uint32_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80; };
    std::uint32_t begin = offset - std::min<std::uint32_t>(offset - line.begin, max_shown / 2);
    while (begin > line.begin && in_code_point(begin)) {
        --begin;
    }
    std::uint32_t end = begin + std::min<std::uint32_t>(line.end - begin, max_shown);
    while (end > begin && end < line.end && in_code_point(end)) {
        --end;
    }
    return {begin, end};
}

std::string caret_line(const SourceText& source, Span shown, Span span)
{
    const std::string_view text = source.text();
    std::string line;
    for (std::size_t index = shown.begin; index < span.begin; index += code_point_size(text, index)) {
        line += text[index] == '\t' ? '\t' : ' ';
    }
    line += '^';
    const std::size_t end = std::min(span.end, shown.end);
    for (std::size_t index = span.begin + code_point_size(text, span.begin); index < end;
         index += code_point_size(text, index)) {
        line += '~';
    }
    return line;
}

std::string without_control_characters(std::string_view text)
{
    std::string shown;
    for (std::size_t index = 0; index < text.size();) {
        const std::size_t size = code_point_size(text, index);
        const auto byte = static_cast<unsigned char>(text[index]);
        const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
        const bool broken = byte >= 0x80 && size == 1;
        shown += control || broken ? "?" : text.substr(index, size);
        index += size;
    }
    return shown;
}

std::size_t edit_distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> previous(right.size() + 1);
    std::vector<std::size_t> before_previous;
    for (std::size_t column = 0; column <= right.size(); ++column) {
        previous[column] = column;
    }
    for (std::size_t row = 1; row <= left.size(); ++row) {
        std::vector<std::size_t> current(right.size() + 1);
        current[0] = row;
        for (std::size_t column = 1; column <= right.size(); ++column) {
            const std::size_t change = left[row - 1] == right[column - 1] ? 0 : 1;
            current[column] = std::min({previous[column] + 1, current[column - 1] + 1, previous[column - 1] + change});
            if (row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1]) {
                current[column] = std::min(current[column], before_previous[column - 2] + 1);
            }
        }
        before_previous = std::move(previous);
        previous = std::move(current);
    }
    return previous.back();
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char character) {
        return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
    });
    return lower;
}

}  // namespace

void Diagnostics::error(Rule rule, const SourceText& source, Span span, std::string message)
{
    add({rule, Severity::error, &source, span, std::move(message)});
}

void Diagnostics::warning(Rule rule, const SourceText& source, Span span, std::string message)
{
    if (!silenced_.contains(rule)) {
        add({rule, Severity::warning, &source, span, std::move(message)});
    }
}

void Diagnostics::add(Diagnostic diagnostic)
{
    const bool known = std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& other) {
        return other.source == diagnostic.source && other.span.begin == diagnostic.span.begin &&
               other.severity == diagnostic.severity;
    });
    if (known || is_full() || diagnostics_.size() >= 2 * max_errors) {
        return;
    }
    if (diagnostic.severity == Severity::error) {
        ++error_count_;
        if (is_full()) {
            diagnostic.rule = Rule::too_many_errors;
            diagnostic.message = "too many errors; the rest is not shown";
        }
    }
    diagnostics_.push_back(std::move(diagnostic));
}

std::vector<std::string> Diagnostics::render() const
{
    std::map<const SourceText*, std::size_t> order;
    std::vector<const Diagnostic*> sorted;
    for (const Diagnostic& diagnostic : diagnostics_) {
        order.emplace(diagnostic.source, order.size());
        sorted.push_back(&diagnostic);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [&](const Diagnostic* left, const Diagnostic* right) {
        const auto key = [&](const Diagnostic& diagnostic) {
            return std::tuple(diagnostic.rule == Rule::too_many_errors, order.at(diagnostic.source),
                              diagnostic.span.begin);
        };
        return key(*left) < key(*right);
    });
    std::vector<std::string> texts;
    for (const Diagnostic* diagnostic : sorted) {
        texts.push_back(idl::render(*diagnostic));
    }
    return texts;
}

namespace {

constexpr std::pair<Rule, std::string_view> warnings[] = {{Rule::unknown_attribute, "unknown-attribute"},
                                                          {Rule::unused_import, "unused-import"},
                                                          {Rule::deprecated, "deprecated"}};

}  // namespace

std::string_view warning_name(Rule rule) noexcept
{
    const auto* const found = std::find_if(std::begin(warnings), std::end(warnings),
                                           [&](const auto& warning) { return warning.first == rule; });
    return found == std::end(warnings) ? std::string_view() : found->second;
}

std::optional<Rule> find_warning(std::string_view name) noexcept
{
    const auto* const found = std::find_if(std::begin(warnings), std::end(warnings),
                                           [&](const auto& warning) { return warning.second == name; });
    return found == std::end(warnings) ? std::nullopt : std::optional(found->first);
}

std::vector<std::string> warning_names()
{
    std::vector<std::string> names;
    for (const auto& [rule, name] : warnings) {
        names.emplace_back(name);
    }
    return names;
}

std::string render(const Diagnostic& diagnostic)
{
    const SourceText& source = *diagnostic.source;
    const auto [line, column] = source.position(diagnostic.span.begin);
    const Span shown = shown_part(source, diagnostic.span.begin);
    std::string text = source.name() + ':' + std::to_string(line) + ':' + std::to_string(column) + ": ";
    text += diagnostic.severity == Severity::error ? "error: " : "warning: ";
    text += without_control_characters(diagnostic.message);
    if (diagnostic.severity == Severity::warning) {
        text += " [-W" + std::string(warning_name(diagnostic.rule)) + ']';
    }
    const Span whole = source.line_at(diagnostic.span.begin);
    const std::string begin = shown.begin == whole.begin ? "" : "...";
    const std::string end = shown.end == whole.end ? "" : "...";
    text += '\n' + begin + without_control_characters(source.text(shown)) + end + '\n';
    text += std::string(begin.size(), ' ') + caret_line(source, shown, diagnostic.span) + '\n';
    return text;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates)
{
    // Of one or two letters any other name is near.
    const std::size_t size = std::min<std::size_t>(name.size(), max_compared);
    const std::string* best = nullptr;
    std::size_t best_distance = size < 3 ? 1 : std::max<std::size_t>(1, size / 3) + 1;
    const std::string lower_name = lower_case(name);
    for (const std::string& candidate : candidates) {
        if (name.size() > max_compared || candidate.size() > max_compared || candidate == name) {
            continue;
        }
        const std::size_t distance = edit_distance(lower_name, lower_case(candidate));
        if (distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    return best == nullptr ? "" : "; did you mean '" + *best + "'?";
}

}  // namespace remoting::idl
