// SPDX-License-Identifier: BSL-1.0
#include "json_decoder.hpp"
#include "json_encoder.hpp"
#include "type_graph.hpp"

#include <remoting/dynamic.hpp>
#include <remoting/errors/exceptions.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

// The first byte says what the others are: the bytes of a value of type "f.All", its JSON, or a described model.

namespace {

using namespace remoting;

constexpr std::string_view described = R"({"format": 1, "modules": [{
  "enums": [{"name": "f.E", "underlying": "uint8", "values": [{"name": "A", "value": 0}, {"name": "B", "value": 9}]}],
  "structs": [
    {"name": "f.V", "kind": "variant", "alternatives": [
      {"name": "text", "type": {"text": "string"}}, {"name": "old", "type": {"text": "int32"}, "reserved": true},
      {"name": "several", "type": {"text": "list<f.V>"}}]},
    {"name": "f.G", "kind": "struct", "parameters": ["T"], "fields": [
      {"name": "value", "type": {"text": "T?"}}, {"name": "more", "type": {"text": "list<f.G<T>>"}}]},
    {"name": "f.All", "kind": "struct", "fields": [
      {"name": "flag", "type": {"text": "bool"}, "default": true}, {"name": "number", "type": {"text": "int64"}},
      {"name": "single", "type": {"text": "float"}}, {"name": "real", "type": {"text": "double"}},
      {"name": "text", "type": {"text": "string"}, "default": "t"}, {"name": "raw", "type": {"text": "bytes"}},
      {"name": "letter", "type": {"text": "char"}}, {"name": "when", "type": {"text": "timestamp"}},
      {"name": "wait", "type": {"text": "duration"}}, {"name": "id", "type": {"text": "uuid"}},
      {"name": "price", "type": {"text": "decimal"}}, {"name": "thing", "type": {"text": "any"}},
      {"name": "kind", "type": {"text": "f.E"}}, {"name": "choice", "type": {"text": "f.V"}},
      {"name": "box", "type": {"text": "f.G<map<f.E, set<int16>>>"}},
      {"name": "three", "type": {"text": "array<uint8?, 3>"}}, {"name": "keys", "type": {"text": "map<string, f.E>"}}]}],
  "interfaces": []}]})";

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

bool decode(const TypeGraph& graph, std::span<const std::byte> bytes, boost::json::value& value)
{
    try {
        InputArchive archive(bytes, {.memory_factor = 256});
        value = JsonDecoder(graph, archive, nullptr).decode({"all", graph.resolve("f.All"), {}, false}, "all");
        return true;
    } catch (const RemotingError& error) {
        check(error.code() == ErrorCode::invalid_payload || error.code() == ErrorCode::limit_exceeded);
        return false;
    }
}

bool encode(const TypeGraph& graph, const boost::json::value& value, Buffer& buffer)
{
    try {
        OutputArchive archive(buffer);
        JsonEncoder(graph, archive, nullptr).encode(graph.resolve("f.All"), value, "all");
        return true;
    } catch (const JsonError&) {
        return false;
    }
}

/// What was decoded can be encoded, and is the same value then.
void check_value(const TypeGraph& graph, const boost::json::value& value)
{
    Buffer buffer;
    check(encode(graph, value, buffer));
    boost::json::value again;
    if (decode(graph, buffer.bytes(), again)) {
        Buffer same;
        check(encode(graph, again, same));
        check(std::ranges::equal(same.bytes(), buffer.bytes()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto model = TypeModel::from_json(described);
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    boost::json::value value;
    if (data[0] == 'b') {
        if (decode(model->graph(), std::as_bytes(std::span(text)), value)) {
            check_value(model->graph(), value);
        }
    } else if (data[0] == 'j') {
        boost::system::error_code error;
        value = boost::json::parse(text, error);
        Buffer buffer;
        if (!error && encode(model->graph(), value, buffer)) {
            check(decode(model->graph(), buffer.bytes(), value));
            check_value(model->graph(), value);
        }
    } else {
        try {
            const auto told = TypeModel::from_json(text);
            for (const InterfaceDescriptor* interface : told->interfaces()) {
                for (const MethodDescriptor& method : interface->methods) {
                    check(!signature(method).empty());
                }
            }
        } catch (const RemotingError&) {
        }
    }
    return 0;
}
