// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_context.hpp"

#include <map>
#include <optional>

namespace remoting::idl {

/// Checks constants, default values and enum values against their types. Constants may name others in any order.
class ValueResolver final {
public:
    explicit ValueResolver(ResolveContext& context) noexcept : context_(context) {}

    void declare(const FileContext& file, const ast::Constant& tree, model::Constant& constant);
    /// Nothing after it reported what is wrong.
    std::optional<model::Value> resolve(const FileContext& file, const ast::Value& value, const model::Type& type);
    /// The value of a declared constant; null when it has none that is right.
    const model::Value* value_of(const model::Constant& constant);
    void resolve_enumerators(const FileContext& file, const ast::Enum& tree, model::Enum& target);

private:
    enum class State : std::uint8_t { unresolved, in_progress, resolved };

    struct Pending {
        const FileContext* file;
        const ast::Constant* tree;
        model::Constant* constant;
        State state;
    };

    std::optional<model::Value> resolve_path(const FileContext& file, const ast::Value& value);
    std::optional<model::Value> enumerator_at(const FileContext& file, const ast::Value& value);
    std::optional<model::Value> fit(const FileContext& file, const ast::Value& value, model::Value found,
                                    const model::Type& type);
    std::optional<model::Value> fit_integer(const FileContext& file, const ast::Value& value, model::Integer found,
                                            model::Builtin type);
    std::optional<model::Value> fit_floating(const FileContext& file, const ast::Value& value, double found,
                                             model::Builtin type);

    ResolveContext& context_;
    std::map<const model::Constant*, Pending> constants_;
    std::set<const model::Enum*> broken_enums_;  // whose values are not all known
    std::size_t depth_ = 0;
};

}  // namespace remoting::idl
