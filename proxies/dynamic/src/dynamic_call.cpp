// SPDX-License-Identifier: BSL-1.0
#include "dynamic_call.hpp"

#include "json_decoder.hpp"
#include "json_encoder.hpp"

#include <remoting/dynamic.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include <utility>

namespace remoting {

namespace {

namespace json = boost::json;

/// What can be sent is known when it is: this is only for JSON that would blow up.
constexpr std::size_t max_arguments_size = std::size_t{64} * 1024 * 1024;

DynamicCall& call_of(Values values)
{
    return *static_cast<const DynamicValue*>(values[0])->call;
}

/// For a first look at the arguments, before there is a connection.
class NoMarshaller final : public ReferenceMarshaller {
public:
    void save(OutputArchive& archive, std::shared_ptr<RemoteObject> /*object*/,
              const InterfaceDescriptor& /*interface*/) override
    {
        archive << std::uint8_t{0};
    }
    std::shared_ptr<RemoteObject> load(InputArchive& /*archive*/, const InterfaceDescriptor& /*interface*/) override
    {
        return nullptr;
    }
};

std::shared_ptr<RemoteObject> make_proxy(ProxyTarget target, const InterfaceDescriptor& interface)
{
    return std::make_shared<DynamicProxy>(std::move(target), static_cast<const DynamicInterface&>(interface));
}

void* cast(RemoteObject& object) noexcept
{
    return dynamic_cast<DynamicProxy*>(&object);
}

/// A third party that was given the object, and calls it through this process.
void invoke(ServerCall& /*call*/, void* /*servant*/)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                        "the object is known dynamically where it was passed on; such calls are not relayed");
}

}  // namespace

InterfaceDescriptor dynamic_interface(std::string_view name) noexcept
{
    return {.name = name, .bases = {}, .methods = {}, .constructor = nullptr, .make_proxy = make_proxy, .cast = cast};
}

MethodDescriptor dynamic_method(std::string_view name) noexcept
{
    return {.name = name,
            .parameters = {},
            .encode_arguments = [](OutputArchive& archive, Values values) { call_of(values).encode(archive); },
            .decode_arguments = [](InputArchive&, Values) {},
            .encode_results = [](OutputArchive&, Values) {},
            .decode_results = [](InputArchive& archive, Values values) { call_of(values).decode(archive); },
            .throws = {},
            .known_exceptions = {},
            .invoke = invoke,
            .raise = [](InputArchive& archive, const DecodeLimits& limits,
                        Values values) { call_of(values).raise(archive, limits); }};
}

DynamicCall::DynamicCall(const TypeModel& model, const DynamicInterface& interface, const MethodDescriptor& method,
                         ObjectNames& names)
    : model_(model),
      method_(method),
      types_(interface.values_of(method)),
      names_(names),
      values_(std::max<std::size_t>(1, types_.size()))
{
    if (method.is_event) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "'" + std::string(method.name) + "' is an event, which is not for dynamic calls");
    }
    for (const Field& value : types_) {
        if (value.type.kind == TypeKind::stream) {
            throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                                "'" + std::string(method.name) + "' has a stream, which is not for dynamic calls");
        }
    }
    for (DynamicValue& value : values_) {
        value.call = this;
        addresses_.push_back(&value);
    }
}

bool DynamicCall::is_argument(std::size_t index) const noexcept
{
    const Direction direction = method_.parameters[index].direction;
    return direction == Direction::in || direction == Direction::in_out;
}

void DynamicCall::set_arguments(const json::value& arguments)
{
    const json::object* const by_name = arguments.if_object();
    const json::array* const by_place = arguments.if_array();
    if (by_name == nullptr && by_place == nullptr && !arguments.is_null()) {
        throw JsonError("arguments", "expected an object or an array");
    }
    std::size_t known = 0;
    for (std::size_t index = 0; index < types_.size(); ++index) {
        if (!is_argument(index)) {
            continue;
        }
        const json::value* given = by_name != nullptr ? by_name->if_contains(types_[index].name) : nullptr;
        if (by_place != nullptr && known < by_place->size()) {
            given = &(*by_place)[known];
        }
        known += given != nullptr ? 1 : 0;
        set_argument(index, given);
    }
    if (by_place != nullptr && known < by_place->size()) {
        throw JsonError("arguments", "expected " + std::to_string(known) + " elements at most, found " +
                                         std::to_string(by_place->size()));
    }
    for (std::size_t at = 0; by_name != nullptr && known < by_name->size() && at < by_name->size(); ++at) {
        const std::string_view name = (by_name->begin() + static_cast<std::ptrdiff_t>(at))->key();
        const auto has_name = [&](std::size_t index) { return is_argument(index) && types_[index].name == name; };
        bool is_known = false;
        for (std::size_t index = 0; index < types_.size(); ++index) {
            is_known = is_known || has_name(index);
        }
        if (!is_known) {
            throw JsonError("arguments." + std::string(name), std::string(method_.name) + " has no such parameter");
        }
    }
    Buffer buffer(max_arguments_size);
    NoMarshaller marshaller;
    OutputArchive archive(buffer, &marshaller);
    encode(archive);
}

void DynamicCall::set_argument(std::size_t index, const json::value* given)
{
    const Field& field = types_[index];
    if (given == nullptr && !field.value && !field.type.is_optional) {
        throw JsonError("arguments." + std::string(field.name), "it is missing");
    }
    values_[index].json = given != nullptr ? *given : (field.value ? *field.value : json::value());
}

void DynamicCall::encode(OutputArchive& archive)
{
    JsonEncoder encoder(model_.graph(), archive, &names_);
    for (std::size_t index = 0; index < types_.size(); ++index) {
        if (is_argument(index)) {
            encoder.encode(types_[index].type, values_[index].json, "arguments." + std::string(types_[index].name));
        }
    }
}

void DynamicCall::decode(InputArchive& archive)
{
    JsonDecoder decoder(model_.graph(), archive, &names_);
    for (const bool is_result : {true, false}) {
        for (std::size_t index = 0; index < types_.size(); ++index) {
            const Direction direction = method_.parameters[index].direction;
            if (direction == Direction::in || (direction == Direction::result) != is_result) {
                continue;
            }
            const Field& field = types_[index];
            values_[index].json = decoder.decode(field, is_result ? "result" : "argument " + std::string(field.name));
        }
    }
}

void DynamicCall::raise(InputArchive& archive, const DecodeLimits& limits)
{
    const std::vector<ExceptionLevel> levels = read_exception(archive);
    json::object fields;
    const DynamicExceptionType* type = nullptr;
    for (const ExceptionLevel& level : levels) {
        const DynamicExceptionType* const known = model_.graph().find_exception(level.name);
        if (known == nullptr) {
            continue;
        }
        type = known;
        InputArchive bytes(std::span<const std::byte>(level.fields), limits, archive.marshaller());
        JsonDecoder decoder(model_.graph(), bytes, &names_);
        for (const Field& field : known->fields) {
            json::value value = decoder.decode(field, "exception " + level.name + '.' + std::string(field.name));
            if (!field.is_reserved) {
                fields.insert_or_assign(field.name, std::move(value));
            }
        }
    }
    if (type == nullptr) {
        throw unknown_exception(levels);
    }
    throw DynamicException(model_.shared_from_this(), type->descriptor, std::move(fields));
}

json::value DynamicCall::take_result()
{
    const bool has_result = !types_.empty() && method_.parameters.back().direction == Direction::result;
    return has_result ? std::move(values_.back().json) : json::value();
}

json::object DynamicCall::take_outputs()
{
    json::object outputs;
    for (std::size_t index = 0; index < types_.size(); ++index) {
        const Direction direction = method_.parameters[index].direction;
        if (direction == Direction::out || direction == Direction::in_out) {
            outputs.insert_or_assign(types_[index].name, std::move(values_[index].json));
        }
    }
    return outputs;
}

}  // namespace remoting
