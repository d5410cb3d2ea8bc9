// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "diagnostics.hpp"
#include "loader.hpp"
#include "model.hpp"
#include "symbols.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace remoting::idl {

/// One file on its way from tree to model: which declaration becomes what.
struct FileContext {
    const ast::File* tree = nullptr;
    model::Module* module = nullptr;
    /// Files whose declarations this one names.
    mutable std::set<const SourceText*> used;
    /// Names may be missing through no fault of who uses them: an import failed, or a declaration did.
    bool incomplete = false;
    std::vector<std::pair<const ast::Enum*, model::Enum*>> enums;
    std::vector<std::pair<const ast::Struct*, model::Struct*>> structs;
    std::vector<std::pair<const ast::Constant*, model::Constant*>> constants;  ///< those of interfaces too
    std::map<const model::Constant*, std::string> constant_owners;  ///< the interfaces of those that have one
    std::vector<std::pair<const ast::Exception*, model::Exception*>> exceptions;
    std::vector<std::pair<const ast::Interface*, model::Interface*>> interfaces;
    std::vector<std::pair<const ast::Native*, model::Native*>> natives;

    const SourceText& source() const noexcept { return *tree->source; }
};

class ValueResolver;

/// What all parts of the resolver share.
struct ResolveContext {
    Diagnostics& diagnostics;
    SymbolTable symbols{};
    ValueResolver* values = nullptr;  ///< lengths of arrays are values
    /// Names nobody knows, by file: where first used, and what is to be said of each.
    std::map<std::pair<const FileContext*, std::string>, std::pair<Span, std::string>> unknown_names{};

    void error(Rule rule, const FileContext& file, Span span, std::string message)
    {
        diagnostics.error(rule, file.source(), span, std::move(message));
    }
};

/// Names already seen in one body; says where the first one is.
class NamesSeen final {
public:
    NamesSeen(ResolveContext& context, const FileContext& file) noexcept : context_(context), file_(file) {}

    /// False after it reported that `name` was there before.
    bool add(const ast::Name& name);

private:
    ResolveContext& context_;
    const FileContext& file_;
    std::map<std::string, Span> seen_;
};

std::string in_quotes(std::string_view text);

/// Where the declaration at `span` is, for "first declared ...".
std::string place(const SourceText& source, Span span, const SourceText& seen_from);

/// A warning when the file that declares it says that it is deprecated; that file itself may use it.
void report_deprecated(ResolveContext& context, const FileContext& file, const ast::Path& path, const Symbol& symbol);

/// The declaration `path` names if it is a `T`; else reports what is wrong with it and gives null.
/// @param wanted "an interface"
template <class T>
const T* find_as(ResolveContext& context, const FileContext& file, const ast::Path& path, std::string_view wanted);

/// Null when nothing has that name. report_unknown_names() says so, once for each name and file.
const Symbol* find_symbol(ResolveContext& context, const FileContext& file, const ast::Path& path,
                          std::string_view what);

void report_unknown_names(ResolveContext& context);

/// A type that a value can have.
/// @param parameters of the generic struct in which the type stands
model::Type resolve_type(ResolveContext& context, const FileContext& file, const ast::Type& type,
                         const std::vector<std::string>& parameters = {});
/// Of a parameter or result: a stream, too.
model::Type resolve_type_or_stream(ResolveContext& context, const FileContext& file, const ast::Type& type);
bool is_built_in_name(std::string_view name);

template <class T>
const T* find_as(ResolveContext& context, const FileContext& file, const ast::Path& path, std::string_view wanted)
{
    const Symbol* symbol = find_symbol(context, file, path, wanted.substr(wanted.find(' ') + 1));
    if (symbol == nullptr) {
        return nullptr;
    }
    if (const auto* found = std::get_if<const T*>(&symbol->target)) {
        report_deprecated(context, file, path, *symbol);
        return *found;
    }
    context.error(Rule::wrong_kind, file, path.span,
                  in_quotes(path.text()) + " is " + symbol->kind() + ", not " + std::string(wanted));
    return nullptr;
}

}  // namespace remoting::idl
