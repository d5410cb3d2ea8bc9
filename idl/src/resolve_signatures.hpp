// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "resolve_attributes.hpp"
#include "resolve_context.hpp"

#include <set>
#include <string>

namespace remoting::idl {

/// What methods, events and constructors of one interface take, give and throw.
class SignatureResolver final {
public:
    /// References must outlive it.
    /// @param declared, constants C++ names that parameters stay clear of
    SignatureResolver(ResolveContext& context, const FileContext& file, const std::set<std::string>& declared,
                      const std::set<std::string>& constants, const model::Interface& owner)
        : context_(context),
          file_(file),
          declared_(declared),
          constants_(constants),
          owner_(owner)
    {
    }

    model::Method make(const ast::Method& tree, const std::string& name, const AttributeValues& attributes);
    void check_one_way(const ast::Method& tree, const AttributeValues& attributes);
    void check_streams(const model::Method& method, const AttributeValues& attributes);

private:
    void error(Rule rule, Span span, std::string message) { context_.error(rule, file_, span, std::move(message)); }
    model::Type resolve_parameter_type(const ast::Method& tree, const ast::Parameter& parameter);
    void resolve_parameters(const ast::Method& tree, model::Method& method);
    void resolve_defaults(const ast::Method& tree, model::Method& method);
    void resolve_throws(const ast::Method& tree, model::Method& method);

    ResolveContext& context_;
    const FileContext& file_;
    const std::set<std::string>& declared_;
    const std::set<std::string>& constants_;
    const model::Interface& owner_;
};

}  // namespace remoting::idl
