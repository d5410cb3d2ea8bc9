// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_context.hpp"

#include <map>
#include <optional>

namespace remoting::idl {

/// Evaluates constants, default values, enum values and lengths, and checks them against their types. Constants may
/// name others in any order.
class ValueResolver final {
public:
    explicit ValueResolver(ResolveContext& context) noexcept : context_(context) {}

    /// @param interface in which the constant is declared, or ""
    void declare(const FileContext& file, const ast::Constant& tree, model::Constant& constant,
                 const std::string& interface = "");
    /// Nothing after it reported what is wrong.
    /// @param interface whose constants can be named alone, or ""
    std::optional<model::Value> resolve(const FileContext& file, const ast::Value& value, const model::Type& type,
                                        const std::string& interface = "");
    /// Of an array; nothing after it reported what is wrong.
    std::optional<std::uint64_t> length(const FileContext& file, const ast::Value& value);
    /// The value of a declared constant; null when it has none that is right.
    const model::Value* value_of(const model::Constant& constant);
    void resolve_enumerators(const FileContext& file, const ast::Enum& tree, model::Enum& target);

private:
    enum class State : std::uint8_t { unresolved, in_progress, resolved };

    struct Pending {
        const FileContext* file;
        const ast::Constant* tree;
        model::Constant* constant;
        std::string interface;
        State state;
    };
    using EnumNames = std::map<std::string, model::Integer>;

    /// Names that are found before those of the file's namespace.
    struct Scope {
        std::string interface;
        const EnumNames* enumerators = nullptr;
    };

    std::optional<model::Value> resolve_typed(const FileContext& file, const ast::Value& value,
                                              const model::Type& type);
    /// False after it reported that the key is there already.
    bool is_new_key(const FileContext& file, const ast::Value& tree, const model::Value& key,
                    std::set<std::string>& keys);
    std::optional<model::Value> resolve_list(const FileContext& file, const ast::Value& value, const model::Type& type);
    std::optional<model::Value> resolve_map(const FileContext& file, const ast::Value& value, const model::Type& type);
    std::optional<model::Value> resolve_struct(const FileContext& file, const ast::Value& value,
                                               const model::Type& type);
    std::optional<std::size_t> field_index(const FileContext& file, const ast::Value& key, const model::Struct& target);
    std::optional<model::Value> evaluate(const FileContext& file, const ast::Value& value);
    std::optional<model::Value> evaluate_floating(const FileContext& file, const ast::Value& value);
    std::optional<model::Value> evaluate_operation(const FileContext& file, const ast::Value& value);
    std::optional<model::Value> evaluate_path(const FileContext& file, const ast::Value& value);
    std::optional<model::Value> enumerator_at(const FileContext& file, const ast::Value& value);
    const Symbol* find(const FileContext& file, const ast::Path& path) const;
    std::string value_hint(const FileContext& file, const std::string& name) const;

    ResolveContext& context_;
    std::map<const model::Constant*, Pending> constants_;
    std::set<const model::Enum*> broken_enums_;  // whose values are not all known
    Scope scope_;
    std::size_t depth_ = 0;
    bool makes_decimals_ = false;  // of numbers with a fraction
};

/// `found`, which `value` gave, as a value of `type`, which is not optional; nothing after it reported that it is none.
std::optional<model::Value> fit_value(ResolveContext& context, const FileContext& file, const ast::Value& value,
                                      model::Value found, const model::Type& type);
bool fits(const model::Integer& value, model::Builtin type);
std::string text_of(const model::Integer& value);
/// "'int8' (-128 to 127)"
std::string range_text(model::Builtin type);

}  // namespace remoting::idl
