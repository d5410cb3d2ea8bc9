// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/description.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/types/type_text.hpp>

#include <boost/json/value.hpp>

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remoting {

class TypeModel;
struct Declared;

/// A type whose names were looked up.
struct Type {
    TypeKind kind = TypeKind::declared;
    bool is_optional = false;
    std::uint32_t length = 0;            ///< of an array
    const Declared* declared = nullptr;  ///< null: a parameter of the generic struct it stands in
    std::size_t parameter = 0;
    std::vector<Type> arguments;
};

/// A generic struct whose field is being looked at, and whose own arguments stand in `outer`.
struct TypeScope {
    const Type& type;
    const TypeScope* outer;
};
/// What a parameter of a generic struct stands for; `scope` becomes that of the result.
const Type& argument_of(const Type& type, const TypeScope*& scope) noexcept;

struct Field {
    std::string_view name;
    Type type;
    std::optional<boost::json::value> value;  ///< what it is when nothing is said
    bool is_reserved = false;
};

/// A struct, variant, enum, native type, interface, or exception.
struct Declared {
    TypeForm form;
    std::string_view name;
    std::span<const std::string> parameters;
    std::vector<Field> fields;
    TypeKind underlying = TypeKind::int32;
    std::map<std::string_view, std::int64_t> numbers;  ///< of an enum
    std::map<std::int64_t, std::string_view> names;
    const InterfaceDescriptor* interface = nullptr;  ///< null when it was only mentioned
};

/// An interface whose methods are known by their descriptions only.
struct DynamicInterface final : InterfaceDescriptor {
    explicit DynamicInterface(const InterfaceDescriptor& descriptor) : InterfaceDescriptor(descriptor) {}

    const TypeModel* model = nullptr;
    std::vector<std::string_view> base_names;
    std::vector<MethodDescriptor> method_table;
    std::vector<std::vector<Field>> method_values;  ///< of each method its parameters, with the result as the last one
    std::vector<MethodDescriptor> constructor_table;
    std::vector<std::vector<Field>> constructor_values;

    const std::vector<Field>& values_of(const MethodDescriptor& method) const
    {
        return &method == constructor ? constructor_values[0]
                                      : method_values[static_cast<std::size_t>(&method - method_table.data())];
    }
};

struct DynamicExceptionType final {
    ExceptionDescriptor descriptor;
    std::vector<Field> fields;  ///< its own
};

/// The descriptors of a model, and the types behind them. Keeps what they point to.
class TypeGraph final {
public:
    explicit TypeGraph(const ModelDescription& description);
    TypeGraph(const TypeGraph&) = delete;
    TypeGraph& operator=(const TypeGraph&) = delete;

    /// Whose interfaces they are; called once.
    void belong_to(const TypeModel& model) noexcept;
    const std::deque<DynamicInterface>& interfaces() const noexcept { return interfaces_; }
    const DynamicInterface* find_interface(std::string_view name) const noexcept;
    const DynamicExceptionType* find_exception(std::string_view name) const noexcept;
    /// @throws RemotingError invalid_argument
    Type resolve(std::string_view text, std::span<const std::string> parameters = {}) const;

private:
    Type resolve(const TypeText& text, std::span<const std::string> parameters) const;
    Field field(std::string_view name, std::string_view type, const std::string& value, bool is_reserved,
                std::span<const std::string> parameters) const;
    std::vector<Field> fields(const std::vector<remoting_::FieldDescription>& described,
                              std::span<const std::string> parameters) const;
    void declare();
    void define(const remoting_::TypeDescription& described);
    void define(const remoting_::ExceptionDescription& described);
    void define(const remoting_::InterfaceDescription& described, DynamicInterface& interface);
    void add_method(const remoting_::MethodDescription& described, std::vector<MethodDescriptor>& methods,
                    std::vector<std::vector<Field>>& values);

    const ModelDescription description_;
    std::map<std::string_view, Declared> types_;
    std::map<std::string_view, DynamicExceptionType> exceptions_;
    std::deque<DynamicInterface> interfaces_;
    std::map<std::string_view, DynamicInterface*> interfaces_by_name_;
    std::deque<std::vector<ParameterDescriptor>> parameter_tables_;
    std::deque<std::vector<const ExceptionDescriptor*>> throws_tables_;
};

}  // namespace remoting
