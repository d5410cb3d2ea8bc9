// SPDX-License-Identifier: BSL-1.0
#include "code_writer.hpp"

#include <set>
#include <stdexcept>

namespace remoting::idl {

namespace {

constexpr std::string_view fence_begin = "// clang-format off";
constexpr std::string_view fence_end = "// clang-format on";

template <class F>
void for_each_line(std::string_view text, F&& function)
{
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        function(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

std::string with_indentation(std::string_view text, std::string_view blanks)
{
    std::string result;
    for_each_line(text, [&](std::string_view line) {
        result += line.empty() ? "" : blanks;
        result += line;
        result += '\n';
    });
    return result;
}

class Expansion final {
public:
    explicit Expansion(const Substitutions& values) noexcept : values_(values) {}

    void add_line(std::string_view line)
    {
        const std::size_t first = line.find_first_not_of(' ');
        const std::string_view rest = first == std::string_view::npos ? std::string_view() : line.substr(first);
        if (rest.size() > 2 && rest.front() == '$' && rest.find('$', 1) == rest.size() - 1) {
            result_ += with_indentation(value(rest.substr(1, rest.size() - 2)), line.substr(0, first));
            return;
        }
        while (!line.empty()) {
            const std::size_t begin = line.find('$');
            result_ += line.substr(0, begin);
            if (begin == std::string_view::npos) {
                break;
            }
            const std::size_t end = line.find('$', begin + 1);
            if (end == std::string_view::npos) {
                throw std::logic_error("a template has a single '$': " + std::string(line));
            }
            result_ += value(line.substr(begin + 1, end - begin - 1));
            line.remove_prefix(end + 1);
        }
        result_ += '\n';
    }

    std::string finish()
    {
        for (const auto& [name, text] : values_) {
            if (!used_.contains(name)) {
                throw std::logic_error("a template does not use $" + std::string(name) + "$");
            }
        }
        return std::move(result_);
    }

private:
    const std::string& value(std::string_view name)
    {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            throw std::logic_error("a template uses $" + std::string(name) + "$, which is unknown");
        }
        used_.insert(name);
        return found->second;
    }

    const Substitutions& values_;
    std::set<std::string_view> used_;
    std::string result_;
};

// Not more than what clang-format counts: it takes some characters for two columns wide.
std::size_t width(std::string_view line)
{
    std::size_t columns = 0;
    for (const char character : line) {
        columns += (static_cast<unsigned char>(character) & 0xC0U) == 0x80 ? 0 : 1;
    }
    return columns;
}

struct Filled {
    std::string text;
    std::size_t lines = 1;
};

// Items with commas between them, as many to a line as fit; `line` is how the first one begins.
Filled fill(std::string line, const std::vector<std::string>& items, const std::string& suffix, std::size_t alignment,
            std::size_t indentation)
{
    Filled result;
    for (std::size_t index = 0; index < items.size(); ++index) {
        const bool is_first = index == 0;
        const std::string item = items[index] + (index + 1 == items.size() ? suffix : ",");
        if (!is_first && indentation + width(line) + 1 + width(item) > CodeWriter::max_line) {
            result.text += line + '\n';
            ++result.lines;
            line = std::string(alignment, ' ') + item;
        } else {
            line += (is_first ? "" : " ") + item;
        }
    }
    result.text += line + (items.empty() ? suffix : "");
    return result;
}

}  // namespace

std::string expand(std::string_view pattern, const Substitutions& values)
{
    if (pattern.starts_with('\n')) {
        pattern.remove_prefix(1);
    }
    Expansion expansion(values);
    for_each_line(pattern, [&](std::string_view line) { expansion.add_line(line); });
    return expansion.finish();
}

std::string indented(std::string_view text)
{
    return with_indentation(text, "    ");
}

bool has_long_line(std::string_view text, std::size_t indentation)
{
    bool found = false;
    bool inside_fence = false;
    for_each_line(text, [&](std::string_view line) {
        inside_fence = (inside_fence || line.ends_with(fence_begin)) && !line.ends_with(fence_end);
        found = found || (!inside_fence && indentation + width(line) > CodeWriter::max_line);
    });
    return found;
}

std::string fenced_if_long(const std::string& text, std::size_t indentation)
{
    if (!has_long_line(text, indentation)) {
        return text;
    }
    const std::string line_break = text.ends_with('\n') ? "" : "\n";
    return std::string(fence_begin) + '\n' + text + line_break + std::string(fence_end) + '\n';
}

void CodeWriter::emit(std::string_view pattern, const Substitutions& values)
{
    const std::string text = fenced_if_long(expand(pattern, values), indentation());
    text_ += with_indentation(text, std::string(indentation(), ' '));
}

void CodeWriter::emit_class_head(std::string_view text)
{
    const std::string blanks(indentation(), ' ');
    const bool is_fenced = has_long_line(text, indentation());
    text_ += is_fenced ? blanks + std::string(fence_begin) + '\n' : "";
    text_ += with_indentation(text, blanks);
    indent();
    // clang-format aligns a comment with what follows it.
    text_ += is_fenced ? std::string(indentation(), ' ') + std::string(fence_end) + '\n' : "";
}

void CodeWriter::emit_comment(std::string_view text)
{
    text_ += with_indentation(text, std::string(indentation(), ' '));
}

void CodeWriter::blank_line()
{
    if (!text_.empty() && !text_.ends_with("\n\n") && !text_.ends_with("public:\n")) {
        text_ += '\n';
    }
}

std::string table(const std::string& declaration, const std::vector<std::string>& rows)
{
    constexpr std::size_t first_columns = 5;
    std::string text = declaration + " = {\n";
    for (const std::string& row : rows) {
        text += "    " + row;
    }
    text += "};\n";
    if (rows.size() < first_columns) {
        return text;
    }
    return std::string(fence_begin) + '\n' + text + std::string(fence_end) + '\n';
}

std::string parenthesized(const std::string& prefix, const std::vector<std::string>& items, const std::string& suffix,
                          std::size_t indentation)
{
    const std::string head = prefix + '(';
    const Filled aligned = fill(head, items, ')' + suffix, width(head), indentation);
    const Filled below = fill("    ", items, ')' + suffix, 4, indentation);
    // What it costs clang-format to break behind the parenthesis is made up for by four lines less.
    constexpr std::size_t worth_breaking = 4;
    return aligned.lines >= below.lines + worth_breaking ? head + '\n' + below.text : aligned.text;
}

}  // namespace remoting::idl
