// SPDX-License-Identifier: BSL-1.0
#include "parser.hpp"

#include "parse_members.hpp"
#include "parse_types.hpp"
#include "token_stream.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace remoting::idl {

namespace {

// "; did you mean 'struct'?" for what other languages write, and for what is misspelt.
std::string declaration_hint(std::string_view word)
{
    static const std::map<std::string_view, std::string_view> familiar = {
        {"message", "struct"},     {"class", "struct"},     {"record", "struct"},     {"service", "interface"},
        {"protocol", "interface"}, {"module", "namespace"}, {"package", "namespace"}, {"union", "variant"},
        {"include", "import"},     {"using", "import"},     {"error", "exception"},   {"typedef", "struct"}};
    const auto found = familiar.find(word);
    if (found != familiar.end()) {
        return "; did you mean '" + std::string(found->second) + "'?";
    }
    return did_you_mean(
        word, {"enum", "struct", "const", "exception", "interface", "variant", "native", "import", "namespace"});
}

class FileParser final {
public:
    FileParser(ast::File& file, Diagnostics& diagnostics) : file_(file), tokens_(*file.source, diagnostics) {}

    void run()
    {
        while (!tokens_.at_end()) {
            parse_top_level();
        }
        if (!file_.name_space && !reported_namespace_) {
            report_missing_namespace(tokens_.peek().span);
        }
    }

private:
    void parse_top_level();
    void parse_namespace();
    void parse_import();
    void parse_declaration();
    void parse_enum(ast::Doc doc);
    void parse_enumerators(ast::Enum& declared);
    void parse_struct(ast::Doc doc, bool is_variant);
    void parse_native(ast::Doc doc);
    void parse_constant_declaration(ast::Doc doc);
    void parse_exception(ast::Doc doc);
    void parse_interface(ast::Doc doc);
    void report_missing_namespace(Span span);
    bool begins_declaration();
    /// Calls `member` until the closing brace; a member that fails is skipped.
    template <class F>
    void parse_body(F member);

    ast::File& file_;
    TokenStream tokens_;
    ast::Attributes attributes_;  // of the declaration that follows
    bool reported_namespace_ = false;
    std::uint32_t declaration_column_ = 0;
};

void FileParser::report_missing_namespace(Span span)
{
    reported_namespace_ = true;
    tokens_.diagnostics().error(Rule::missing_namespace, tokens_.source(), span,
                                "a file begins with its namespace: 'namespace example;'");
}

void FileParser::parse_top_level()
{
    const std::size_t declared = file_.declarations.size();
    const std::uint32_t begin = tokens_.peek().span.begin;
    try {
        if (tokens_.take_if(';')) {
            return;
        }
        if (tokens_.peek().is("namespace")) {
            parse_namespace();
        } else if (tokens_.peek().is("import")) {
            parse_import();
        } else {
            parse_declaration();
        }
    } catch (const SyntaxError&) {
        file_.lost_declarations = file_.lost_declarations || file_.declarations.size() == declared;
        tokens_.skip_declaration(begin);
    }
}

void FileParser::parse_namespace()
{
    const Span span = tokens_.take().span;
    ast::Path path = parse_path(tokens_, "the name of the namespace");
    tokens_.expect_semicolon();
    if (file_.name_space) {
        tokens_.diagnostics().error(Rule::misplaced_namespace, tokens_.source(), span, "a file has one namespace");
    }
    if (!file_.name_space) {
        file_.name_space = std::move(path);
    }
}

void FileParser::parse_import()
{
    tokens_.take();
    if (tokens_.peek().kind != TokenKind::string) {
        tokens_.fail_expecting("the path of an IDL file in quotes");
    }
    const Token token = tokens_.take();
    tokens_.expect_semicolon();
    const std::string_view path = token.text.substr(1, token.text.size() - (token.text.ends_with('"') ? 2 : 1));
    const bool is_clean = path.find_first_of("\\\"<>:*?|\t") == std::string_view::npos;
    if (!path.ends_with(".idl") || path.starts_with('/') || path == ".idl" || path.ends_with("/.idl") || !is_clean) {
        tokens_.diagnostics().error(Rule::invalid_import, tokens_.source(), token.span,
                                    "an import names a file by a relative path with '/' that ends in '.idl'");
        file_.lost_declarations = true;
        return;
    }
    file_.imports.push_back({std::string(path), token.span});
}

void FileParser::parse_declaration()
{
    ast::Doc doc = doc_lines(tokens_.source(), tokens_.peek());
    attributes_ = parse_attributes(tokens_);
    const Token keyword = tokens_.peek();
    if (keyword.is_broken) {
        throw SyntaxError{};  // what stands before it was reported
    }
    const std::uint32_t line = tokens_.source().line_at(keyword.span.begin).begin;
    declaration_column_ = keyword.span.begin - line;
    if (!file_.name_space && !reported_namespace_) {
        report_missing_namespace(keyword.span);
    }
    if (tokens_.take_if("enum")) {
        parse_enum(std::move(doc));
    } else if (tokens_.take_if("struct")) {
        parse_struct(std::move(doc), false);
    } else if (tokens_.take_if("variant")) {
        parse_struct(std::move(doc), true);
    } else if (tokens_.take_if("native")) {
        parse_native(std::move(doc));
    } else if (tokens_.take_if("const")) {
        parse_constant_declaration(std::move(doc));
    } else if (tokens_.take_if("exception")) {
        parse_exception(std::move(doc));
    } else if (tokens_.take_if("interface")) {
        parse_interface(std::move(doc));
    } else {
        const std::string hint = keyword.kind != TokenKind::identifier ? "" : declaration_hint(keyword.text);
        tokens_.diagnostics().error(
            Rule::unexpected_token, tokens_.source(), keyword.span,
            hint.empty() ? "expected a declaration: enum, struct, variant, const, exception, interface or native"
                         : "expected a declaration, found '" + std::string(keyword.text) + '\'' + hint);
        throw SyntaxError{};
    }
}

// Whether what stands where a member could be is a declaration of its own.
bool FileParser::begins_declaration()
{
    static constexpr std::string_view words[] = {"enum", "struct", "variant", "exception", "interface"};
    const Token& behind = tokens_.peek(2);
    return std::find(std::begin(words), std::end(words), tokens_.peek().text) != std::end(words) &&
           tokens_.peek(1).kind == TokenKind::identifier && (behind.is('{') || behind.is(':'));
}

template <class F>
void FileParser::parse_body(F member)
{
    tokens_.expect('{');
    while (!tokens_.peek().is('}')) {
        if (tokens_.at_end()) {
            tokens_.fail_expecting("'}'");
        }
        if (begins_declaration()) {
            const Token& keyword = tokens_.peek();
            const bool is_nested = tokens_.is_indented_beyond(keyword, declaration_column_);
            tokens_.diagnostics().error(Rule::unexpected_token, tokens_.source(), keyword.span,
                                        is_nested ? "declarations do not stand inside others: put this one before it"
                                                  : "a '}' is missing before this");
            if (!is_nested) {
                return;
            }
            file_.lost_declarations = true;
            tokens_.skip_member();
            continue;
        }
        if (tokens_.take_if(';')) {
            continue;
        }
        try {
            member();
        } catch (const SyntaxError&) {
            tokens_.skip_member();
        }
    }
    tokens_.take();
    tokens_.take_if(';');
}

void FileParser::parse_enumerators(ast::Enum& declared)
{
    while (!tokens_.peek().is('}')) {
        declared.enumerators.push_back(parse_enumerator(tokens_));
        const bool comma = tokens_.take_if(',');
        append_trailing_doc(tokens_, declared.enumerators.back().doc);
        if (!comma && !tokens_.peek().is('}')) {
            tokens_.fail_expecting("',' or '}'");
        }
    }
}

void FileParser::parse_enum(ast::Doc doc)
{
    ast::Enum result;
    result.doc = std::move(doc);
    result.attributes = std::move(attributes_);
    result.name = parse_name(tokens_, "the name of the enum");
    ast::Enum& declared = std::get<ast::Enum>(file_.declarations.emplace_back(std::move(result)));
    if (tokens_.take_if(':')) {
        declared.underlying = parse_type(tokens_);
    }
    declared.is_broken = true;
    tokens_.expect('{');
    try {
        parse_enumerators(declared);
        declared.is_broken = false;
    } catch (const SyntaxError&) {
        while (!tokens_.at_end() && !tokens_.peek().is('}') && !begins_declaration()) {
            tokens_.take();
        }
    }
    tokens_.take_if('}');
    tokens_.take_if(';');
}

void FileParser::parse_struct(ast::Doc doc, bool is_variant)
{
    ast::Struct result;
    result.doc = std::move(doc);
    result.attributes = std::move(attributes_);
    result.is_variant = is_variant;
    result.name = parse_name(tokens_, is_variant ? "the name of the variant" : "the name of the struct");
    ast::Struct& declared = std::get<ast::Struct>(file_.declarations.emplace_back(std::move(result)));
    if (!is_variant && tokens_.take_if('<')) {
        do {
            declared.parameters.push_back(parse_name(tokens_, "the name of a type parameter"));
        } while (tokens_.take_if(','));
        tokens_.expect('>');
    }
    if (tokens_.peek().is(':')) {
        tokens_.diagnostics().error(Rule::not_supported, tokens_.source(), tokens_.take().span,
                                    "structs and variants do not derive from others; hold one as a field");
        parse_path(tokens_, "the name of a struct");
    }
    parse_body([&] { parse_field(tokens_, declared.fields); });
}

void FileParser::parse_native(ast::Doc doc)
{
    ast::Native result;
    result.doc = std::move(doc);
    result.attributes = std::move(attributes_);
    result.name = parse_name(tokens_, "the name of the native type");
    ast::Native& declared = std::get<ast::Native>(file_.declarations.emplace_back(std::move(result)));
    tokens_.expect_semicolon();
    append_trailing_doc(tokens_, declared.doc);
}

void FileParser::parse_constant_declaration(ast::Doc doc)
{
    ast::Constant constant;
    constant.doc = std::move(doc);
    constant.attributes = std::move(attributes_);
    try {
        parse_constant(tokens_, constant);
    } catch (const SyntaxError&) {
        if (!constant.name.text.empty()) {
            file_.declarations.emplace_back(std::move(constant));
        }
        throw;
    }
    file_.declarations.emplace_back(std::move(constant));
}

void FileParser::parse_exception(ast::Doc doc)
{
    ast::Exception result;
    result.doc = std::move(doc);
    result.attributes = std::move(attributes_);
    result.name = parse_name(tokens_, "the name of the exception");
    ast::Exception& declared = std::get<ast::Exception>(file_.declarations.emplace_back(std::move(result)));
    if (tokens_.take_if(':')) {
        declared.base = parse_path(tokens_, "the name of an exception");
        if (tokens_.peek().is(',')) {
            tokens_.diagnostics().error(Rule::unexpected_token, tokens_.source(), tokens_.peek().span,
                                        "an exception derives from one exception at most");
            throw SyntaxError{};
        }
    }
    parse_body([&] { parse_field(tokens_, declared.fields); });
}

void FileParser::parse_interface(ast::Doc doc)
{
    ast::Interface result;
    result.doc = std::move(doc);
    result.attributes = std::move(attributes_);
    result.name = parse_name(tokens_, "the name of the interface");
    ast::Interface& declared = std::get<ast::Interface>(file_.declarations.emplace_back(std::move(result)));
    if (tokens_.take_if(':')) {
        do {
            declared.bases.push_back(parse_path(tokens_, "the name of an interface"));
        } while (tokens_.take_if(','));
    }
    parse_body([&] { parse_interface_member(tokens_, declared); });
}

}  // namespace

ast::File parse(std::unique_ptr<SourceText> source, Diagnostics& diagnostics)
{
    ast::File file;
    file.source = std::move(source);
    if (const auto invalid = find_invalid_utf8(file.source->text())) {
        const auto at = static_cast<std::uint32_t>(*invalid);
        diagnostics.error(Rule::invalid_utf8, *file.source, {at, at + 1}, "the file is not UTF-8 here");
        file.lost_declarations = true;
        return file;
    }
    FileParser(file, diagnostics).run();
    return file;
}

}  // namespace remoting::idl
