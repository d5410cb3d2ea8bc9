// SPDX-License-Identifier: BSL-1.0
#include "format.hpp"

#include "code_writer.hpp"
#include "format_elements.hpp"
#include "parser.hpp"

#include <algorithm>
#include <stdexcept>

namespace remoting::idl {

namespace {

struct Line {
    std::string text;
    std::string comment;  // at its end
};

class Formatter final {
public:
    std::string format(Elements elements)
    {
        format_block(elements, 0);
        return text();
    }

private:
    void format_block(Elements elements, std::size_t level);
    void format_enumerators(Elements elements, std::size_t level);
    std::size_t format_statement(Elements elements, std::size_t level);
    void format_body(Elements head, Elements body, std::size_t level);
    void add_simple(Elements statement, std::size_t level);
    void add_comment(const Element& element, bool is_first, std::size_t level);
    bool add_trailing(Elements elements, std::size_t index);
    void blank_line_before(const Element& element, bool is_first);
    void align_comments();
    std::string text();

    static std::string blanks(std::size_t level) { return std::string(4 * level, ' '); }

    std::vector<Line> lines_;
};

void Formatter::blank_line_before(const Element& element, bool is_first)
{
    if (!is_first && element.line_breaks > 1 && !lines_.empty()) {
        lines_.push_back({});
    }
}

void Formatter::add_comment(const Element& element, bool is_first, std::size_t level)
{
    blank_line_before(element, is_first);
    lines_.push_back({blanks(level) + std::string(element.text), {}});
}

// A comment at the end of the line that was written last.
bool Formatter::add_trailing(Elements elements, std::size_t index)
{
    if (index >= elements.size() || elements[index].kind != Element::Kind::line_comment ||
        elements[index].line_breaks != 0 || lines_.empty() || !lines_.back().comment.empty()) {
        return false;
    }
    lines_.back().comment = elements[index].text;
    return true;
}

void Formatter::format_block(Elements elements, std::size_t level)
{
    bool is_first = true;
    for (std::size_t index = 0; index < elements.size();) {
        if (elements[index].is_comment()) {
            add_comment(elements[index], is_first, level);
            ++index;
        } else if (elements[index].is(";")) {
            ++index;  // an empty statement
            continue;
        } else {
            blank_line_before(elements[index], is_first);
            index += format_statement(elements.subspan(index), level);
        }
        is_first = false;
        if (add_trailing(elements, index)) {
            ++index;
        }
    }
}

// Up to the semicolon or behind the body; how many elements that were.
std::size_t Formatter::format_statement(Elements elements, std::size_t level)
{
    bool has_value = false;
    bool is_property = false;
    for (std::size_t index = 0; index < elements.size(); ++index) {
        const Element& element = elements[index];
        has_value = has_value || element.is("=");
        is_property = is_property || (element.is("property") && element.kind == Element::Kind::word);
        if (element.kind != Element::Kind::punctuation) {
            continue;
        }
        if (element.is(";")) {
            add_simple(elements.first(index + 1), level);
            return index + 1;
        }
        if (element.is("{") && !has_value && !is_property) {
            const std::size_t end = behind_bracket(elements, index);
            format_body(elements.first(index), elements.subspan(index + 1, end - index - 2), level);
            return end < elements.size() && elements[end].is(";") ? end + 1 : end;
        }
        if (element.is("(") || element.is("[") || element.is("{")) {
            index = behind_bracket(elements, index) - 1;
            if (is_property && element.is("{")) {
                add_simple(elements.first(index + 1), level);
                return index + 1;
            }
        }
    }
    add_simple(elements, level);
    return elements.size();
}

void Formatter::add_simple(Elements statement, std::size_t level)
{
    const std::string indentation = blanks(level);
    const std::string text = joined(statement, indentation, blanks(level + 1));
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    const bool is_long = has_long_line(text, indentation.size()) && text.find('\n') == std::string::npos;
    if (!is_long || text.starts_with('[') || open == std::string::npos || close < open) {
        lines_.push_back({indentation + text, {}});
        return;
    }
    // Parameters that fill the lines, aligned behind the parenthesis.
    std::vector<std::string> items(1);
    std::size_t depth = 0;
    for (const char character : text.substr(open + 1, close - open - 1)) {
        depth += std::string_view("([{<").find(character) != std::string_view::npos ? 1 : 0;
        depth -= std::string_view(")]}>").find(character) != std::string_view::npos && depth > 0 ? 1 : 0;
        if (character == ',' && depth == 0) {
            items.emplace_back();
        } else if (character != ' ' || !items.back().empty()) {
            items.back() += character;
        }
    }
    std::string wrapped = parenthesized(text.substr(0, open), items, text.substr(close + 1), indentation.size());
    while (!wrapped.empty()) {
        const std::size_t end = wrapped.find('\n');
        lines_.push_back({indentation + wrapped.substr(0, end), {}});
        wrapped.erase(0, end == std::string::npos ? wrapped.size() : end + 1);
    }
}

void Formatter::format_body(Elements head, Elements body, std::size_t level)
{
    const std::string indentation = blanks(level);
    const std::string begin = indentation + joined(head, indentation, blanks(level + 1));
    if (body.empty()) {
        lines_.push_back({begin + " {}", {}});
        return;
    }
    const bool is_enum =
        std::any_of(head.begin(), head.end(), [](const Element& element) { return element.is("enum"); });
    const bool is_on_one_line = std::all_of(body.begin(), body.end(), [](const Element& element) {
        return element.line_breaks == 0 && element.kind != Element::Kind::line_comment;
    });
    const std::string one_line = begin + " { " + joined(body, indentation, indentation) + " }";
    if (is_on_one_line && !has_long_line(one_line)) {
        lines_.push_back({one_line, {}});
        return;
    }
    lines_.push_back({begin + " {", {}});
    if (add_trailing(body, 0)) {
        body = body.subspan(1);
    }
    if (is_enum) {
        format_enumerators(body, level + 1);
    } else {
        format_block(body, level + 1);
    }
    lines_.push_back({indentation + '}', {}});
}

void Formatter::format_enumerators(Elements elements, std::size_t level)
{
    bool is_first = true;
    for (std::size_t index = 0; index < elements.size();) {
        if (elements[index].is_comment()) {
            add_comment(elements[index], is_first, level);
            ++index;
        } else {
            blank_line_before(elements[index], is_first);
            std::size_t end = index;
            while (end < elements.size() && !elements[end].is(",")) {
                const Element& element = elements[end];
                const bool is_open = element.is("(") || element.is("[");
                if (element.kind == Element::Kind::line_comment) {
                    break;
                }
                end = element.kind == Element::Kind::punctuation && is_open ? behind_bracket(elements, end) : end + 1;
            }
            end = std::min(end < elements.size() && elements[end].is(",") ? end + 1 : end, elements.size());
            add_simple(elements.subspan(index, end - index), level);
            index = end;
        }
        is_first = false;
        if (add_trailing(elements, index)) {
            ++index;
        }
    }
}

// Comments at the ends of lines that follow each other begin in one column.
void Formatter::align_comments()
{
    for (std::size_t begin = 0; begin < lines_.size();) {
        std::size_t end = begin;
        std::size_t column = 0;
        const std::size_t indentation = lines_[begin].text.find_first_not_of(' ');
        while (end < lines_.size() && !lines_[end].comment.empty() &&
               lines_[end].text.find_first_not_of(' ') == indentation) {
            column = std::max(column, lines_[end].text.size());
            ++end;
        }
        for (std::size_t index = begin; index < end; ++index) {
            Line& line = lines_[index];
            const bool fits = column + 2 + line.comment.size() <= CodeWriter::max_line;
            line.text += std::string(fits ? column - line.text.size() : 0, ' ') + "  " + line.comment;
        }
        begin = std::max(end, begin + 1);
    }
}

std::string Formatter::text()
{
    align_comments();
    std::string text;
    for (const Line& line : lines_) {
        text += line.text + '\n';
    }
    return text;
}

// Whether only blanks, and semicolons that mean nothing, tell the two apart.
bool is_same(const std::string& formatted, const std::vector<Element>& elements)
{
    const SourceText source("", formatted);
    const std::vector<Element> others = elements_of(source);
    const auto next = [](const std::vector<Element>& all, std::size_t index) {
        while (index < all.size() && all[index].is(";")) {
            ++index;
        }
        return index;
    };
    std::size_t left = next(elements, 0);
    std::size_t right = next(others, 0);
    while (left < elements.size() && right < others.size() && elements[left].text == others[right].text) {
        left = next(elements, left + 1);
        right = next(others, right + 1);
    }
    return left == elements.size() && right == others.size();
}

}  // namespace

Formatted format(std::unique_ptr<SourceText> source)
{
    Diagnostics diagnostics;
    const ast::File file = parse(std::move(source), diagnostics);
    Formatted result{std::nullopt, diagnostics.render()};
    if (diagnostics.has_errors()) {
        return result;
    }
    const std::vector<Element> elements = elements_of(*file.source);
    result.text = Formatter().format(elements);
    if (!is_same(*result.text, elements)) {
        throw std::logic_error(file.source->name() +
                               ": formatting would change more than blanks; this is a mistake in "
                               "the compiler, and the file is left alone");
    }
    return result;
}

}  // namespace remoting::idl
