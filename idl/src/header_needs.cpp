// SPDX-License-Identifier: BSL-1.0
#include "header_needs.hpp"

namespace remoting::idl {

HeaderNeeds::HeaderNeeds(const model::Module& module)
{
    for (const auto& constant : module.constants) {
        add(*constant);
    }
    for (const auto& native : module.natives) {
        native_.insert(native->header);
    }
    for (const auto& target : module.structs) {
        add(*target);
    }
    for (const auto& exception : module.exceptions) {
        add(exception->fields);
    }
    for (const auto& interface : module.interfaces) {
        for (const model::Method& method : interface->methods) {
            add(method);
        }
        for (const model::Method& event : interface->events) {
            add(event);
            runtime_.insert("<remoting/proxies/event_sources.hpp>");
            standard_.insert("<functional>");
        }
        for (const auto& constant : interface->constants) {
            add(*constant);
        }
        add(interface->constructor);
    }
    if (!module.structs.empty() || !module.enums.empty()) {
        runtime_.insert("<remoting/types/type_name.hpp>");
        standard_.insert("<string_view>");
    }
    if (!module.structs.empty()) {
        standard_.insert({"<compare>", "<functional>"});
    }
}

void HeaderNeeds::add(const model::Constant& constant)
{
    if (constant.type.is(model::Builtin::string)) {
        standard_.insert("<string_view>");
    } else {
        add(constant.type);
    }
}

void HeaderNeeds::add(const model::Struct& target)
{
    add(target.fields);
    if (target.is_variant) {
        standard_.insert("<variant>");
        runtime_.insert("<remoting/types/unknown_alternative.hpp>");
    }
    if (!target.parameters.empty()) {
        runtime_.insert({"<remoting/proxies/hash.hpp>", "<remoting/proxies/print.hpp>"});
    }
}

void HeaderNeeds::add(const std::vector<model::Field>& fields)
{
    for (const model::Field& field : fields) {
        if (!field.is_reserved) {
            add(field.type);
        }
    }
}

void HeaderNeeds::add(const model::Method& method)
{
    for (const model::Parameter& parameter : method.parameters) {
        add(parameter.type);
    }
    if (method.result) {
        add(*method.result);
    }
}

void HeaderNeeds::add(model::Builtin builtin)
{
    switch (builtin) {
        case model::Builtin::string:
            standard_.insert("<string>");
            break;
        case model::Builtin::bytes:
            runtime_.insert("<remoting/types/bytes.hpp>");
            break;
        case model::Builtin::timestamp:
        case model::Builtin::duration:
            runtime_.insert("<remoting/types/timestamp.hpp>");
            break;
        case model::Builtin::uuid:
            runtime_.insert("<remoting/types/uuid.hpp>");
            break;
        case model::Builtin::decimal:
            runtime_.insert("<remoting/types/decimal.hpp>");
            break;
        case model::Builtin::any:
            runtime_.insert("<remoting/types/any.hpp>");
            break;
        default:
            break;  // numbers come with generated_code.hpp
    }
}

void HeaderNeeds::add(const model::Type& type)
{
    if (const auto* builtin = std::get_if<model::Builtin>(&type.kind)) {
        add(*builtin);
    } else if (type.is<model::List>()) {
        standard_.insert("<vector>");
    } else if (type.is<model::Map>()) {
        standard_.insert("<map>");
    } else if (type.is<model::Set>()) {
        standard_.insert("<set>");
    } else if (type.is<model::Stream>()) {
        runtime_.insert("<remoting/stream.hpp>");
    } else if (type.is<model::Array>()) {
        standard_.insert("<array>");
    } else if (type.is<model::Optional>() && !type.arguments[0].is<const model::Interface*>()) {
        standard_.insert("<optional>");
    }
    for (const model::Type& argument : type.arguments) {
        add(argument);
    }
}

}  // namespace remoting::idl
