// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "object_names.hpp"
#include "type_graph.hpp"

#include <remoting/serialization/archive.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace remoting {

/// Reads values of IDL types as JSON. Bytes and types may be hostile; what JSON takes in memory counts against the archive's
/// budget.
class JsonDecoder final {
public:
    /// @param names null: only null references can be read
    JsonDecoder(const TypeGraph& graph, InputArchive& archive, ObjectNames* names) noexcept
        : graph_(graph), archive_(archive), names_(names)
    {
    }

    /// What an older peer left out has its default. @param path what messages call the value
    /// @throws RemotingError as InputArchive does, the cause beginning with the path of the member
    boost::json::value decode(const Field& field, std::string path);

private:
    boost::json::value read(const Type& type, const TypeScope* scope);
    boost::json::value read_value(const Type& type, const TypeScope* scope);
    boost::json::value read_declared(const Type& type, const TypeScope* scope);
    boost::json::value read_struct(const Type& type, const TypeScope* scope);
    boost::json::value read_variant(const Type& type, const TypeScope* scope);
    boost::json::value read_enum(const Declared& type);
    boost::json::value read_reference(const Declared& type, bool is_optional);
    boost::json::value read_elements(const Type& type, const TypeScope* scope);
    boost::json::value read_map(const Type& type, const TypeScope* scope);
    boost::json::value read_any();
    boost::json::value read_number(TypeKind kind);
    boost::json::value read_default(const Field& field, const TypeScope* scope);
    boost::json::value text(std::string_view text);
    std::size_t count(std::size_t least_size);
    void charge(std::size_t bytes);

    template <class F>
    boost::json::value within(std::string_view step, F read_part);

    const TypeGraph& graph_;
    InputArchive& archive_;
    ObjectNames* names_;
    std::string path_;
    unsigned anys_ = 0;
};

}  // namespace remoting
