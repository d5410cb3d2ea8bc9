// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <set>
#include <string>

namespace remoting::idl {

/// Which headers the generated header of a module includes, with their quotes or brackets.
class HeaderNeeds final {
public:
    explicit HeaderNeeds(const model::Module& module);

    const std::set<std::string>& runtime() const noexcept { return runtime_; }
    const std::set<std::string>& standard() const noexcept { return standard_; }
    /// Of native types.
    const std::set<std::string>& native() const noexcept { return native_; }

private:
    void add(const std::vector<model::Field>& fields);
    void add(const model::Method& method);
    void add(const model::Constant& constant);
    void add(const model::Struct& target);
    void add(const model::Type& type);
    void add(model::Builtin builtin);

    std::set<std::string> runtime_ = {"<remoting/proxies/generated_code.hpp>"};
    std::set<std::string> standard_;
    std::set<std::string> native_;
};

}  // namespace remoting::idl
