// SPDX-License-Identifier: BSL-1.0
#include "format_elements.hpp"

#include "lexer.hpp"

#include <algorithm>
#include <utility>

namespace remoting::idl {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view trimmed_end(std::string_view text)
{
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// The comments in what stands between two tokens; gives the line breaks behind the last one.
std::size_t add_comments(std::string_view gap, std::vector<Element>& elements)
{
    std::size_t line_breaks = 0;
    while (!gap.empty()) {
        if (!gap.starts_with('/')) {
            line_breaks += gap.front() == '\n' ? 1 : 0;
            gap.remove_prefix(1);
            continue;
        }
        const bool is_line = gap.starts_with("//");
        const std::size_t end = is_line ? std::min(gap.find('\n'), gap.size()) : gap.find("*/", 2) + 2;
        elements.push_back({is_line ? Element::Kind::line_comment : Element::Kind::block_comment,
                            trimmed_end(gap.substr(0, end)), line_breaks, false});
        line_breaks = 0;
        gap.remove_prefix(end);
    }
    return line_breaks;
}

Element::Kind kind_of(TokenKind kind)
{
    switch (kind) {
        case TokenKind::identifier:
            return Element::Kind::word;
        case TokenKind::punctuation:
            return Element::Kind::punctuation;
        default:
            return Element::Kind::literal;
    }
}

class Joiner final {
public:
    Joiner(const std::string& indentation, const std::string& continuation) noexcept
        : indentation_(indentation),
          continuation_(continuation)
    {
    }

    std::string join(Elements elements)
    {
        for (std::size_t index = 0; index < elements.size(); ++index) {
            add(elements, index);
        }
        return std::move(text_);
    }

private:
    enum class Bracket : std::uint8_t { parenthesis, attribute, list, angle, value, accessors };

    bool is_inside(Bracket bracket) const noexcept { return !open_.empty() && open_.back() == bracket; }
    void add(Elements elements, std::size_t index);
    void add_punctuation(const Element& element, const Element* next);
    void put(std::string_view text, bool space_before, bool space_after);

    const std::string& indentation_;
    const std::string& continuation_;
    std::string text_;
    std::vector<Bracket> open_;
    bool wants_space_ = false;   // behind what was put last
    bool ends_operand_ = false;  // what was put last may stand before an operator
    bool at_begin_ = true;       // of the line, of a parameter: where attributes stand
    bool has_value_ = false;     // behind '='
    bool is_half_shift_ = false;
    bool ends_attributes_ = false;
};

void Joiner::put(std::string_view text, bool space_before, bool space_after)
{
    if (space_before && wants_space_ && !text_.empty() && !text_.ends_with(' ') && !text_.ends_with('\n')) {
        text_ += ' ';
    }
    text_ += text;
    wants_space_ = space_after;
}

void Joiner::add(Elements elements, std::size_t index)
{
    const Element& element = elements[index];
    const bool was_attribute = std::exchange(ends_attributes_, false);
    if (was_attribute && element.line_breaks != 0 && open_.empty() && !element.is_comment()) {
        text_ += '\n' + indentation_;
        wants_space_ = false;
    }
    if (element.is_comment()) {
        wants_space_ = true;
        put(element.text, true, true);
        if (element.kind == Element::Kind::line_comment) {
            text_ += '\n' + continuation_;
            wants_space_ = false;
        }
        return;
    }
    if (element.kind != Element::Kind::punctuation) {
        put(element.text, true, true);
        ends_operand_ = true;
        at_begin_ = false;
        return;
    }
    add_punctuation(element, index + 1 < elements.size() ? &elements[index + 1] : nullptr);
}

void Joiner::add_punctuation(const Element& element, const Element* next)
{
    const char sign = element.text.front();
    const bool begins = std::exchange(at_begin_, false);
    switch (sign) {
        case '(':
            wants_space_ = wants_space_ && !ends_operand_;
            put(element.text, true, false);
            open_.push_back(Bracket::parenthesis);
            ends_operand_ = false;
            at_begin_ = !has_value_;
            return;
        case '[':
            put(element.text, true, false);
            open_.push_back(begins && !has_value_ ? Bracket::attribute : Bracket::list);
            ends_operand_ = false;
            return;
        case '{':
            open_.push_back(has_value_ ? Bracket::value : Bracket::accessors);
            put(element.text, true, open_.back() == Bracket::accessors);
            ends_operand_ = false;
            return;
        case ')':
        case ']':
        case '}': {
            const Bracket closed = open_.empty() ? Bracket::parenthesis : open_.back();
            if (!open_.empty()) {
                open_.pop_back();
            }
            put(element.text, closed == Bracket::accessors, true);
            ends_attributes_ = closed == Bracket::attribute;
            has_value_ = has_value_ && !ends_attributes_;
            at_begin_ = ends_attributes_;
            ends_operand_ = !ends_attributes_;
            return;
        }
        case '<':
        case '>': {
            const bool pairs = next != nullptr && next->is(element.text) && next->touches;
            if (std::exchange(is_half_shift_, false)) {
                put(element.text, false, true);
                ends_operand_ = false;
            } else if (pairs && (sign == '<' || !is_inside(Bracket::angle))) {
                put(element.text, true, false);
                is_half_shift_ = true;
            } else if (sign == '<') {
                put(element.text, false, false);
                open_.push_back(Bracket::angle);
                ends_operand_ = false;
            } else {
                if (is_inside(Bracket::angle)) {
                    open_.pop_back();
                }
                put(element.text, false, true);
                ends_operand_ = true;
            }
            return;
        }
        case ',':
            put(element.text, false, true);
            ends_operand_ = false;
            has_value_ = has_value_ && (is_inside(Bracket::list) || is_inside(Bracket::value));
            at_begin_ = (open_.empty() || is_inside(Bracket::parenthesis)) && !has_value_;
            return;
        case ';':
            put(element.text, false, true);
            ends_operand_ = false;
            has_value_ = false;
            at_begin_ = true;
            return;
        case '?':
            put(element.text, false, true);
            ends_operand_ = true;
            return;
        case '.':
            put(element.text, false, false);
            return;
        case ':':
            put(element.text, !is_inside(Bracket::value), true);
            ends_operand_ = false;
            return;
        case '=':
            has_value_ = !is_inside(Bracket::attribute);
            put(element.text, true, true);
            ends_operand_ = false;
            return;
        default:
            // An operator; a sign belongs to what follows it.
            put(element.text, true, ends_operand_);
            ends_operand_ = false;
            return;
    }
}

}  // namespace

std::vector<Element> elements_of(const SourceText& source)
{
    Diagnostics ignored;
    Lexer lexer(source, ignored);
    std::vector<Element> elements;
    std::uint32_t end = 0;
    for (Token token = lexer.next();; token = lexer.next()) {
        const std::size_t line_breaks = add_comments(source.text({end, token.span.begin}), elements);
        if (token.kind == TokenKind::end_of_file) {
            return elements;
        }
        elements.push_back({kind_of(token.kind), token.text, line_breaks, token.span.begin == end && end != 0});
        end = token.span.end;
    }
}

std::string joined(Elements elements, const std::string& indentation, const std::string& continuation)
{
    return Joiner(indentation, continuation).join(elements);
}

std::size_t behind_bracket(Elements elements, std::size_t begin)
{
    std::size_t depth = 0;
    for (std::size_t index = begin; index < elements.size(); ++index) {
        const Element& element = elements[index];
        if (element.kind != Element::Kind::punctuation) {
            continue;
        }
        depth += element.is("(") || element.is("[") || element.is("{") ? 1 : 0;
        if ((element.is(")") || element.is("]") || element.is("}")) && --depth == 0) {
            return index + 1;
        }
    }
    return elements.size();
}

}  // namespace remoting::idl
