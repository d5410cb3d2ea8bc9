// SPDX-License-Identifier: BSL-1.0
#include "symbols.hpp"

namespace remoting::idl {

namespace {

constexpr std::size_t max_candidates = 2000;

std::string in_namespace(const std::vector<std::string>& name_space, std::size_t depth, const std::string& name)
{
    return join_path({name_space.begin(), name_space.begin() + static_cast<std::ptrdiff_t>(depth)}) +
           (depth == 0 ? "" : ".") + name;
}

}  // namespace

std::string Symbol::kind() const
{
    static constexpr const char* names[] = {"unusable",   "an enum",      "a struct",
                                            "a constant", "an exception", "an interface"};
    return names[target.index()];
}

bool SymbolTable::add(const std::vector<std::string>& name_space, const std::string& name, Symbol symbol)
{
    return symbols_.emplace(in_namespace(name_space, name_space.size(), name), symbol).second;
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

std::vector<std::string> SymbolTable::candidates(const std::vector<std::string>& name_space) const
{
    std::vector<std::string> names;
    const std::string own = join_path(name_space) + '.';
    for (const auto& [name, symbol] : symbols_) {
        if (names.size() >= max_candidates) {
            break;
        }
        const bool is_own = name.starts_with(own) && name.find('.', own.size()) == std::string::npos;
        names.push_back(is_own ? name.substr(own.size()) : name);
    }
    return names;
}

std::string join_path(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts) {
        text += text.empty() ? part : '.' + part;
    }
    return text;
}

}  // namespace remoting::idl
