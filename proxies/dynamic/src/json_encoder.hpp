// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "map_keys.hpp"
#include "object_names.hpp"
#include "type_graph.hpp"

#include <remoting/serialization/archive.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace remoting {

/// Writes JSON as values of IDL types; the page of this library says how they are written. Both may be hostile.
class JsonEncoder final {
public:
    /// @param names null: only null references can be written
    JsonEncoder(const TypeGraph& graph, OutputArchive& archive, ObjectNames* names) noexcept
        : graph_(graph), archive_(archive), names_(names)
    {
    }

    /// @param path what messages call the value. @throws JsonError
    void encode(const Type& type, const boost::json::value& value, std::string path);
    /// What a value is that nothing is said of.
    void encode_default(const Field& field, std::string path, const TypeScope* scope = nullptr);

private:
    void write(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_value(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_declared(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_struct(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_variant(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_enum(const Declared& type, const boost::json::value& value);
    void write_reference(const Declared& type, bool is_optional, const boost::json::value& value);
    void write_elements(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_map(const Type& type, const boost::json::value& value, const TypeScope* scope);
    void write_any(const boost::json::value& value);
    void write_number(TypeKind kind, const boost::json::value& value);
    template <class T>
    void write_integer(const boost::json::value& value, std::string_view type);
    void write_floating(const boost::json::value& value, bool is_single);
    void write_string(const boost::json::value& value);
    void write_time(const boost::json::value& value, bool is_point);
    void write_decimal(const boost::json::value& value);
    void write_raw(std::string_view bytes);

    void write_default(const Field& field, const TypeScope* scope);
    void write_zero(const Type& type, const TypeScope* scope);
    void write_zero_declared(const Type& type, const TypeScope* scope);

    const Type& key_type(const Type& container, const TypeScope* scope) const;
    template <class F>
    void within(std::string_view step, F write_part);
    /// A key or an element of a set: its bytes, once.
    void add_key(MapKeys& keys, const Type& type, const boost::json::value& key, std::size_t index);
    const boost::json::string& text_of(const boost::json::value& value, std::string_view expected);
    [[noreturn]] void fail(std::string problem) const;
    [[noreturn]] void fail_expected(std::string_view expected, const boost::json::value& found) const;

    const TypeGraph& graph_;
    OutputArchive& archive_;
    ObjectNames* names_;
    std::string path_;
    unsigned anys_ = 0;
};

}  // namespace remoting
