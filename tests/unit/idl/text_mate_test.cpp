// SPDX-License-Identifier: BSL-1.0
#include "format_elements.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

// The grammar for editors, run by a small engine, held against the compiler's own lexer.

namespace remoting::idl {
namespace {

namespace fs = std::filesystem;
using Json = boost::property_tree::ptree;

struct Rule {
    std::string name;
    std::regex begin;  // of a pattern of one line: all of it
    std::string begin_text;
    bool has_end = false;
    std::regex end;
    std::vector<std::string> captures;  // scopes, by group
    std::vector<Rule> inner;
};

// What each byte of a text is called.
using Scopes = std::vector<std::string>;

class Grammar final {
public:
    explicit Grammar(const fs::path& path)
    {
        boost::property_tree::read_json(path.string(), json_);
        rules_ = rules_of(json_.get_child("patterns"));
    }

    Scopes scopes_of(const std::string& text)
    {
        Scopes scopes(text.size());
        const Rule* open = nullptr;
        std::size_t begin = 0;
        while (begin <= text.size()) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            open = tokenize(text.substr(begin, end - begin), begin, open, scopes);
            begin = end + 1;
        }
        return scopes;
    }

    const std::vector<Rule>& rules() const noexcept { return rules_; }

private:
    std::vector<Rule> rules_of(const Json& patterns)
    {
        std::vector<Rule> rules;
        for (const auto& [key, pattern] : patterns) {
            if (const auto include = pattern.get_optional<std::string>("include")) {
                const std::vector<Rule> included =
                    rules_of(json_.get_child("repository").get_child(include->substr(1)).get_child("patterns"));
                rules.insert(rules.end(), included.begin(), included.end());
                continue;
            }
            Rule rule;
            rule.name = pattern.get<std::string>("name", "");
            const auto end = pattern.get_optional<std::string>("end");
            rule.begin_text = pattern.get<std::string>(end ? "begin" : "match");
            rule.begin = std::regex(rule.begin_text);
            rule.has_end = end.has_value();
            rule.end = std::regex(end.value_or(""));
            if (const auto captures = pattern.get_child_optional("captures")) {
                for (const auto& [group, capture] : *captures) {
                    rule.captures.resize(std::max<std::size_t>(rule.captures.size(), std::stoul(group) + 1));
                    rule.captures[std::stoul(group)] = capture.get<std::string>("name");
                }
            }
            if (const auto inner = pattern.get_child_optional("patterns")) {
                rule.inner = rules_of(*inner);
            }
            rules.push_back(std::move(rule));
        }
        return rules;
    }

    // The rule that is still open at the end of the line.
    const Rule* tokenize(const std::string& line, std::size_t offset, const Rule* open, Scopes& scopes)
    {
        std::size_t at = 0;
        while (at <= line.size()) {
            const std::vector<Rule>& rules = open == nullptr ? rules_ : open->inner;
            const Rule* best = nullptr;
            std::smatch match;
            const auto search = [&](const std::regex& regex, std::smatch& found) {
                const auto flags =
                    at == 0 ? std::regex_constants::match_default : std::regex_constants::match_prev_avail;
                return std::regex_search(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), found, regex,
                                         flags);
            };
            std::smatch end;
            const bool ends = open != nullptr && search(open->end, end);
            for (const Rule& rule : rules) {
                std::smatch found;
                if (search(rule.begin, found) && (best == nullptr || found.position() < match.position())) {
                    best = &rule;
                    match = found;
                }
            }
            if (open != nullptr && (!ends || best == nullptr || end.position() <= match.position())) {
                const std::size_t stop =
                    ends ? at + static_cast<std::size_t>(end.position() + end.length()) : line.size();
                mark(scopes, offset + at, offset + stop, open->name);
                if (!ends) {
                    return open;
                }
                open = nullptr;
                at = stop;
                continue;
            }
            if (best == nullptr) {
                return open;
            }
            const std::size_t begin = at + static_cast<std::size_t>(match.position());
            const std::size_t stop = begin + static_cast<std::size_t>(match.length());
            if (open != nullptr) {
                mark(scopes, offset + at, offset + begin, open->name);
            }
            mark(scopes, offset + begin, offset + stop, best->name);
            for (std::size_t group = 1; group < best->captures.size(); ++group) {
                const auto from = offset + at + static_cast<std::size_t>(match.position(group));
                mark(scopes, from, from + static_cast<std::size_t>(match.length(group)), best->captures[group]);
            }
            open = best->has_end ? best : open;
            at = std::max(stop, at + (match.length() == 0 ? 1 : 0));
        }
        return open;
    }

    static void mark(Scopes& scopes, std::size_t begin, std::size_t end, const std::string& scope)
    {
        std::fill(scopes.begin() + static_cast<std::ptrdiff_t>(begin),
                  scopes.begin() + static_cast<std::ptrdiff_t>(std::min(end, scopes.size())), scope);
    }

    Json json_;
    std::vector<Rule> rules_;
};

std::string content_of(const fs::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string scope_of(const std::string& text, const std::string& part)
{
    Grammar grammar(fs::path(REMOTING_SOURCE_DIR) / "idl/editor/remoting-idl.tmLanguage.json");
    return grammar.scopes_of(text).at(text.find(part));
}

const char* expected_scope(const Element& element)
{
    if (element.is_comment()) {
        return "comment.";
    }
    if (element.kind == Element::Kind::literal) {
        const char first = element.text.front();
        return first == '"' || first == '\'' ? "string." : "constant.numeric";
    }
    return element.kind == Element::Kind::punctuation ? "" : nullptr;
}

TEST(TheTextMateGrammar, AgreesWithTheLexerOnEverySample)
{
    Grammar grammar(fs::path(REMOTING_SOURCE_DIR) / "idl/editor/remoting-idl.tmLanguage.json");
    std::size_t files = 0;
    std::size_t words = 0;
    for (const char* folder : {"samples", "tests/golden/input", "tests/contract", "tests/benchmark"}) {
        for (const auto& entry : fs::recursive_directory_iterator(fs::path(REMOTING_SOURCE_DIR) / folder)) {
            if (entry.path().extension() != ".idl") {
                continue;
            }
            ++files;
            const SourceText source(entry.path().filename().string(), content_of(entry.path()));
            const Scopes scopes = grammar.scopes_of(std::string(source.text()));
            for (const Element& element : elements_of(source)) {
                const auto at = static_cast<std::size_t>(element.text.data() - source.text().data());
                const std::string& first = scopes.at(at);
                const std::string where = source.name() + ": " + std::string(element.text);
                if (const char* expected = expected_scope(element)) {
                    ASSERT_TRUE(first.starts_with(expected)) << where << " is " << first;
                    ASSERT_NE(first, "") << where;
                    continue;
                }
                ++words;
                for (std::size_t index = at; index < at + element.text.size(); ++index) {
                    ASSERT_EQ(scopes.at(index), first) << where << " is cut in two";
                }
                ASSERT_NE(first, "") << where;
                ASSERT_FALSE(first.starts_with("comment") || first.starts_with("string") ||
                             first.starts_with("invalid"))
                    << where << " is " << first;
            }
        }
    }
    EXPECT_GT(files, 8U);
    EXPECT_GT(words, 1000U);
}

TEST(TheTextMateGrammar, KnowsKeywordsByWhatFollowsThem)
{
    const std::string text =
        "interface Account : b.C { [deadline(2s)] property string Owner { get; } event void Gone(); constructor(in "
        "int32 "
        "throws) throws X; list<bytes> list; const char Letter = 'x'; void F(event event, out out = null); }";

    EXPECT_EQ(scope_of(text, "interface"), "storage.type.remoting-idl");
    EXPECT_EQ(scope_of(text, "Account"), "entity.name.type.remoting-idl");
    EXPECT_EQ(scope_of(text, "deadline"), "entity.other.attribute-name.remoting-idl");
    EXPECT_EQ(scope_of(text, "2s"), "constant.numeric.duration.remoting-idl");
    EXPECT_EQ(scope_of(text, "property"), "keyword.other.remoting-idl");
    EXPECT_EQ(scope_of(text, "string"), "storage.type.built-in.remoting-idl");
    EXPECT_EQ(scope_of(text, "get"), "keyword.other.accessor.remoting-idl");
    EXPECT_EQ(scope_of(text, "Gone"), "entity.name.function.remoting-idl");
    EXPECT_EQ(scope_of(text, "constructor"), "keyword.other.constructor.remoting-idl");
    EXPECT_EQ(scope_of(text, "throws)"), "variable.other.remoting-idl");
    EXPECT_EQ(scope_of(text, "throws X"), "keyword.other.throws.remoting-idl");
    EXPECT_EQ(scope_of(text, "list<"), "storage.type.container.remoting-idl");
    EXPECT_EQ(scope_of(text, "list;"), "variable.other.remoting-idl");
    EXPECT_EQ(scope_of(text, "null"), "constant.language.remoting-idl");
    EXPECT_EQ(scope_of(text, "'x'"), "string.quoted.single.remoting-idl");
}

TEST(TheTextMateGrammar, MarksEscapesAndWrongOnes)
{
    const std::string text = R"(const string A = "a\n\u{1F600}\q"; /* // */ int32)";

    EXPECT_EQ(scope_of(text, R"(\n)"), "constant.character.escape.remoting-idl");
    EXPECT_EQ(scope_of(text, R"(\u)"), "constant.character.escape.remoting-idl");
    EXPECT_EQ(scope_of(text, R"(\q)"), "invalid.illegal.escape.remoting-idl");
    EXPECT_EQ(scope_of(text, "// */"), "comment.block.remoting-idl");
    EXPECT_EQ(scope_of(text, "int32"), "storage.type.built-in.remoting-idl");
}

}  // namespace
}  // namespace remoting::idl
