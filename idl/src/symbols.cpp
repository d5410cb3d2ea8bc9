// SPDX-License-Identifier: BSL-1.0
#include "symbols.hpp"

namespace remoting::idl {

namespace {

constexpr std::size_t max_candidates = 2000;

// `name` in the first `depth` parts of a namespace.
std::string in_namespace(const std::vector<std::string>& name_space, std::size_t depth, const std::string& name)
{
    std::string text;
    for (std::size_t index = 0; index < depth; ++index) {
        text += name_space[index] + '.';
    }
    return text + name;
}

bool fits(const Symbol& symbol, Symbols wanted)
{
    const bool is_constant = std::holds_alternative<const model::Constant*>(symbol.target);
    const bool is_exception = std::holds_alternative<const model::Exception*>(symbol.target);
    switch (wanted) {
        case Symbols::types:
            return !is_constant && !is_exception;
        case Symbols::values:
            return is_constant || std::holds_alternative<const model::Enum*>(symbol.target);
        case Symbols::interfaces:
            return std::holds_alternative<const model::Interface*>(symbol.target);
        default:
            return is_exception;
    }
}

}  // namespace

std::string Symbol::kind() const
{
    static constexpr const char* names[] = {"an enum",      "a struct",     "a constant",
                                            "an exception", "an interface", "a native type"};
    const auto* const* structure = std::get_if<const model::Struct*>(&target);
    return structure != nullptr && (*structure)->is_variant ? "a variant" : names[target.index()];
}

bool SymbolTable::add(const std::vector<std::string>& name_space, const std::string& name, Symbol symbol)
{
    return symbols_.emplace(qualified_name(name_space, name), symbol).second;
}

void SymbolTable::add_namespace(const std::vector<std::string>& name_space)
{
    for (std::size_t depth = 1; depth <= name_space.size(); ++depth) {
        namespaces_.insert(in_namespace(name_space, depth - 1, name_space[depth - 1]));
    }
}

const Symbol* SymbolTable::find_exactly(const std::string& qualified) const
{
    const auto found = symbols_.find(qualified);
    return found == symbols_.end() ? nullptr : &found->second;
}

const Symbol* SymbolTable::find(const ast::Path& path, const std::vector<std::string>& name_space) const
{
    const std::string text = path.text();
    for (std::size_t depth = name_space.size() + 1; depth-- > 0;) {
        if (const Symbol* symbol = find_exactly(in_namespace(name_space, depth, text))) {
            return symbol;
        }
    }
    return nullptr;
}

std::vector<std::string> SymbolTable::candidates(const std::vector<std::string>& name_space, Symbols wanted) const
{
    std::vector<std::string> names;
    const std::string own = qualified_name(name_space, "");
    for (const auto& [name, symbol] : symbols_) {
        if (names.size() >= max_candidates) {
            break;
        }
        if (!fits(symbol, wanted)) {
            continue;
        }
        const bool is_own = name.starts_with(own) && name.find('.', own.size()) == std::string::npos;
        names.push_back(is_own ? name.substr(own.size()) : name);
    }
    return names;
}

std::string qualified_name(const std::vector<std::string>& name_space, const std::string& name)
{
    return in_namespace(name_space, name_space.size(), name);
}

}  // namespace remoting::idl
