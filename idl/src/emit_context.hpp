// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "code_writer.hpp"
#include "cpp_names.hpp"
#include "model.hpp"

#include <set>
#include <string>
#include <vector>

namespace remoting::idl {

/// What the emitters of one file share.
struct EmitContext {
    explicit EmitContext(const model::Module& file);

    const model::Module& module;
    CppScope scope;         ///< at namespace level of the header
    CppScope source_scope;  ///< inside the functions and nested namespaces of the source
    /// Names of generated entities must not be among them.
    std::set<std::string> declared;
    /// Of this file and its imports, direct or not.
    std::vector<const model::Exception*> exceptions;
    /// Structs of this file and its imports that have `<=>`.
    std::set<const model::Struct*> ordered;
    /// Whether anything generated code touches is deprecated.
    bool has_deprecated = false;
    /// Where in the file its structs stand.
    std::map<const model::Struct*, std::size_t> struct_positions;

    /// See described_types().
    std::vector<model::Type> described;

    /// Whether `other` is complete where the struct `owner` of this file begins.
    bool is_defined_before(const model::Struct& other, const model::Struct& owner) const;

    std::string proxy_name(const model::Interface& interface) const;
    std::string stub_name(const model::Interface& interface) const;
    /// The base of servants that raises the interface's own events.
    std::string events_name(const model::Interface& interface) const;
    std::string codec_name(const model::Exception& exception) const;
};

/// `///` lines, no longer than fits behind `indentation` blanks; "" for no doc.
std::string doc_comment(const model::Doc& doc, std::size_t indentation);

/// The scope inside a class with these fields.
CppScope scope_with_fields(const CppScope& scope, const std::vector<const model::Field*>& fields);
/// The scope inside an interface's class, or one derived from it.
/// What hides, or is hidden by, the names of parameters where members of the interface are defined: its class, those of
/// its bases, and their constants.
std::set<std::string> names_inside(const model::Interface& interface);
CppScope scope_with_methods(const CppScope& scope, const model::Interface& interface);

/// "const Money& amount", "std::int32_t& parts"
/// @param with_defaults "std::int32_t last = 10"
std::vector<std::string> parameter_declarations(const model::Method& method, const CppScope& scope,
                                                bool with_defaults = false);
std::string result_text(const model::Method& method, const CppScope& scope);

/// A declaration ahead that says what is deprecated: clang-format misreads a class whose definition says so.
void emit_deprecated(CodeWriter& writer, const model::Attributes& attributes, const std::string& keyword,
                     const std::string& name);

/// The array that remoting::Values points to, as a statement inside a function.
std::string values_array(const std::vector<std::string>& addresses, std::size_t indentation);
/// "class X : public A, public B" and `end`; each base on its own line if they do not fit on one.
std::string class_head(const std::string& name, const std::vector<std::string>& bases, const std::string& end);

/// A parameter that is passed on: streams are moved.
std::string passed_on(const std::string& name, const model::Type& type);
/// The expression `text`, whose value an archive is given; checked for null references if it may not hold any.
std::string archived(const std::string& text, const std::string& name, const model::Type& type);

/// Those that are not reserved.
std::vector<const model::Field*> pointers(const std::vector<model::Field>& fields);

}  // namespace remoting::idl
