// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "json_decoder.hpp"
#include "json_encoder.hpp"
#include "type_graph.hpp"

#include <remoting/dynamic.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

namespace remoting::test {

inline boost::json::value parsed(std::string_view text)
{
    return boost::json::parse(text);
}

/// JSON and bytes of the types of one model.
class Coding final {
public:
    explicit Coding(std::shared_ptr<const TypeModel> model) : model_(std::move(model)) {}

    Type type(std::string_view text) const { return model_->graph().resolve(text); }
    std::string encoded(std::string_view type_text, const boost::json::value& value) const
    {
        Buffer buffer;
        OutputArchive archive(buffer);
        JsonEncoder(model_->graph(), archive, nullptr).encode(type(type_text), value, "value");
        return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
    }
    boost::json::value decoded(std::string_view type_text, std::string_view bytes) const
    {
        InputArchive archive(std::as_bytes(std::span(bytes)));
        return JsonDecoder(model_->graph(), archive, nullptr).decode({"value", type(type_text), {}, false}, "value");
    }
    /// There and back.
    std::string echo(std::string_view type_text, std::string_view json) const
    {
        return boost::json::serialize(decoded(type_text, encoded(type_text, parsed(json))));
    }
    /// What is wrong with it.
    std::string mistake(std::string_view type_text, std::string_view json) const
    {
        try {
            encoded(type_text, parsed(json));
        } catch (const JsonError& error) {
            return error.what();
        }
        return {};
    }

private:
    std::shared_ptr<const TypeModel> model_;
};

/// The bytes that generated code makes of a value.
template <class T>
std::string bytes_of(const T& value)
{
    Buffer buffer;
    OutputArchive archive(buffer);
    archive << value;
    return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

}  // namespace remoting::test
