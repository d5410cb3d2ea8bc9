// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "ast.hpp"
#include "model.hpp"
#include "source_text.hpp"

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace remoting::idl {

struct Symbol {
    std::variant<const model::Enum*, const model::Struct*, const model::Constant*, const model::Exception*,
                 const model::Interface*, const model::Native*>
        target;
    const SourceText* source = nullptr;
    Span span;

    /// "an enum", "an interface"
    std::string kind() const;
};

/// Which of them fit where a name is looked for.
enum class Symbols : std::uint8_t { types, values, interfaces, exceptions };

/// All declarations of the files of one run by their full names.
class SymbolTable final {
public:
    /// False when the name is taken.
    bool add(const std::vector<std::string>& name_space, const std::string& name, Symbol symbol);
    void add_namespace(const std::vector<std::string>& name_space);

    /// Null when there is none.
    const Symbol* find_exactly(const std::string& qualified) const;
    /// Looks from `name_space` outwards.
    const Symbol* find(const ast::Path& path, const std::vector<std::string>& name_space) const;
    bool is_namespace(const std::string& qualified) const { return namespaces_.contains(qualified); }

    /// What could have been meant, as it would be written in `name_space`; not more than some thousands.
    std::vector<std::string> candidates(const std::vector<std::string>& name_space, Symbols wanted) const;

private:
    std::map<std::string, Symbol> symbols_;
    std::set<std::string> namespaces_;
};

/// "bank.retail.Account"
std::string qualified_name(const std::vector<std::string>& name_space, const std::string& name);

}  // namespace remoting::idl
