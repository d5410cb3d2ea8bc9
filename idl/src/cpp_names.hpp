// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// How things are spelled in C++. IDL names are kept; one that C++ cannot have gets an underscore behind it, which no
// IDL name ends with, so that an escaped name meets no other.

namespace remoting::idl {

/// For an enumerator.
std::string cpp_name(std::string_view name);
std::string cpp_type_name(std::string_view name);
std::string cpp_variant_name(std::string_view name);
std::string cpp_namespace_part(std::string_view name, bool is_outermost);
/// @param owner the C++ name of the class it is a member of.
std::string cpp_member_name(std::string_view name, std::string_view owner);
/// Of an interface.
std::string cpp_constant_name(std::string_view name, std::string_view owner);
/// Of a variant.
std::string cpp_alternative_name(std::string_view name, std::string_view owner);
/// Of a generic struct, whose fields have their names; to be added to its other parameters.
std::string cpp_type_parameter_name(std::string_view name, const model::Struct& owner);
std::string cpp_exception_field_name(std::string_view name, std::string_view owner);

using IsTaken = std::function<bool(const std::string&)>;
/// @param is_taken what else is visible where the parameter is: declarations, and other parameters.
std::string cpp_parameter_name(std::string_view name, const IsTaken& is_taken);
/// `name`, or the first of `name_`, `name0_`, `name00_` that is not taken.
std::string unique_name(const std::string& name, const IsTaken& is_taken);

std::string free_name(const std::string& name, const std::set<std::string>& taken);

/// Where a type is spelled: which names are found before those of the namespace.
class CppScope final {
public:
    /// @param module must outlive the scope.
    explicit CppScope(const model::Module& module);
    /// A scope inside a class or function with names of its own.
    CppScope with(const std::set<std::string>& hidden) const;
    /// A scope inside a generic struct.
    CppScope with_parameters(const model::Struct& generic) const;
    /// Outside all namespaces; names begin with "::".
    static CppScope global() noexcept { return CppScope(); }

    std::string type(const model::Type& type) const;
    std::string name(const model::Name& name) const;
    std::string value(const model::Value& value, const model::Type& type) const;

private:
    CppScope() noexcept = default;

    const model::Module* module_ = nullptr;
    std::shared_ptr<const std::set<std::string>> inner_names_;  // what can hide an outermost namespace
    std::set<std::string> hidden_;
    std::vector<std::string> parameters_;
};

/// "bank::retail"; "" stands for nothing.
std::string namespace_text(const model::Module& module);
/// "std::int32_t"
std::string_view builtin_text(model::Builtin builtin) noexcept;
/// Whether an `in` parameter of the type is passed by value.
bool is_passed_by_value(const model::Type& type) noexcept;
/// `[[deprecated("use this")]] `, or "".
std::string deprecated_text(const model::Attributes& attributes);
/// A C++ literal in quotes that holds exactly these bytes.
std::string string_literal(std::string_view text);
std::string integer_text(const model::Integer& value, model::Builtin type);

}  // namespace remoting::idl
