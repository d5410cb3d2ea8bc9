// SPDX-License-Identifier: BSL-1.0
#include <remoting/description.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace remoting {

namespace {

using namespace remoting_;

class Describer final {
public:
    ModelDescription run(const InterfaceDescriptor& interface)
    {
        add(interface);
        while (!waiting_.empty()) {
            const InterfaceDescriptor* const next = waiting_.back();
            waiting_.pop_back();
            add_members(*next);
        }
        return std::move(model_);
    }

private:
    void add(const InterfaceDescriptor& interface)
    {
        if (seen_.emplace("interface", interface.name).second) {
            waiting_.push_back(&interface);
        }
    }

    void add_members(const InterfaceDescriptor& interface)
    {
        InterfaceDescription& added = model_.interfaces.emplace_back();
        added.name = interface.name;
        added.bases.assign(interface.bases.begin(), interface.bases.end());
        for (const MethodDescriptor& method : interface.methods) {
            added.methods.push_back(describe(method));
        }
        if (interface.constructor != nullptr) {
            added.constructor.push_back(describe(*interface.constructor));
        }
    }

    MethodDescription describe(const MethodDescriptor& method)
    {
        MethodDescription described;
        described.name = method.name;
        described.is_one_way = method.one_way;
        described.is_idempotent = method.idempotent;
        described.is_event = method.is_event;
        described.deadline_ms = method.deadline_ms;
        for (const ParameterDescriptor& parameter : method.parameters) {
            described.parameters.push_back({std::string(parameter.name), std::string(parameter.type),
                                            static_cast<DescribedDirection>(parameter.direction),
                                            std::string(parameter.value)});
        }
        for (const ExceptionDescriptor* exception : method.throws) {
            described.throws.emplace_back(exception->name);
        }
        for (const ExceptionDescriptor* exception : method.known_exceptions) {
            add(*exception);
        }
        if (tables_.insert(method.types.data()).second) {
            for (const TypeDescriptor& type : method.types) {
                add(type);
            }
        }
        return described;
    }

    void add(const TypeDescriptor& type)
    {
        if (type.interface != nullptr) {
            add(type.interface());
        }
        if (!seen_.emplace("type", type.name).second) {
            return;
        }
        TypeDescription& added = model_.types.emplace_back();
        added.form = static_cast<DescribedForm>(type.form);
        added.name = type.name;
        added.parameters.assign(type.parameters.begin(), type.parameters.end());
        added.fields = describe(type.fields);
        added.underlying = type.underlying;
        for (const EnumeratorDescriptor& enumerator : type.enumerators) {
            added.enumerators.push_back({std::string(enumerator.name), enumerator.value});
        }
    }

    void add(const ExceptionDescriptor& exception)
    {
        if (!seen_.emplace("exception", exception.name).second) {
            return;
        }
        model_.exceptions.push_back({std::string(exception.name),
                                     std::string(exception.base != nullptr ? exception.base->name : ""),
                                     describe(exception.fields)});
        if (exception.base != nullptr) {
            add(*exception.base);
        }
    }

    static std::vector<FieldDescription> describe(std::span<const FieldDescriptor> fields)
    {
        std::vector<FieldDescription> described;
        for (const FieldDescriptor& field : fields) {
            described.push_back(
                {std::string(field.name), std::string(field.type), std::string(field.value), field.is_reserved});
        }
        return described;
    }

    ModelDescription model_;
    std::set<std::pair<std::string_view, std::string_view>> seen_;
    std::set<const TypeDescriptor*> tables_;
    std::vector<const InterfaceDescriptor*> waiting_;
};

}  // namespace

ModelDescription describe_interface(const InterfaceDescriptor& interface)
{
    return Describer().run(interface);
}

}  // namespace remoting
