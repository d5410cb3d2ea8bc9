// SPDX-License-Identifier: BSL-1.0
#include <remoting/dynamic/type_model.hpp>

#include "described_json.hpp"
#include "type_graph.hpp"

#include <utility>

namespace remoting {

TypeModel::TypeModel(std::unique_ptr<TypeGraph> graph) : graph_(std::move(graph))
{
    graph_->belong_to(*this);
}

TypeModel::~TypeModel() = default;

std::shared_ptr<const TypeModel> TypeModel::from(const ModelDescription& description)
{
    return std::shared_ptr<const TypeModel>(new TypeModel(std::make_unique<TypeGraph>(description)));
}

std::shared_ptr<const TypeModel> TypeModel::from_json(std::string_view described)
{
    return from(read_described(described));
}

std::vector<const InterfaceDescriptor*> TypeModel::interfaces() const
{
    std::vector<const InterfaceDescriptor*> all;
    for (const DynamicInterface& interface : graph_->interfaces()) {
        all.push_back(&interface);
    }
    return all;
}

const InterfaceDescriptor* TypeModel::find_interface(std::string_view name) const noexcept
{
    return graph_->find_interface(name);
}

std::string signature(const MethodDescriptor& method)
{
    if (method.is_event) {
        return "event " + std::string(method.name);
    }
    std::string result = "void";
    std::string parameters;
    for (const ParameterDescriptor& parameter : method.parameters) {
        if (parameter.direction == Direction::result) {
            result = parameter.type;
            continue;
        }
        parameters += parameters.empty() ? "" : ", ";
        parameters += parameter.direction == Direction::out ? "out " : "";
        parameters += parameter.direction == Direction::in_out ? "inout " : "";
        parameters += std::string(parameter.type) + ' ' + std::string(parameter.name);
        parameters += parameter.value.empty() ? "" : " = " + std::string(parameter.value);
    }
    std::string text = method.one_way ? "[oneway] " : "";
    text += result + ' ' + std::string(method.name) + '(' + parameters + ')';
    for (const ExceptionDescriptor* exception : method.throws) {
        text += (exception == method.throws.front() ? " throws " : ", ") + std::string(exception->name);
    }
    return text;
}

}  // namespace remoting
