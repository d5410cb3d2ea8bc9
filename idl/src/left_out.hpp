// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace remoting::idl {

/// What is there in place of a value that a peer leaves out: its default, which may hold a null reference where the IDL
/// allows none. Such a value can be neither sent on nor, of a parameter, be taken.
class LeftOut final {
public:
    /// @param program must outlive the object.
    explicit LeftOut(const model::Program& program);

    /// @param value the default that the IDL gives, or null
    bool is_refused(const model::Type& type, const std::optional<model::Value>& value);
    /// Of a generic struct: in any of the uses that the program makes of it.
    bool is_refused(const model::Struct& owner, const model::Field& field);

private:
    using Arguments = std::vector<model::Type>;

    void add_uses(const model::Type& type);
    bool is_refused(const model::Type& type, const model::Value* value);
    bool any_refused(const model::Type& type, const model::Value* value);
    bool is_field_refused(const model::Field& field, const model::Value* value, const Arguments& arguments);

    std::map<std::string, bool> structs_;  // by how they are spelled
    std::map<const model::Struct*, std::vector<Arguments>> uses_;
    std::set<std::string> seen_;
    std::size_t depth_ = 0;
    std::size_t looked_into_ = 0;  // generic structs
};

}  // namespace remoting::idl
