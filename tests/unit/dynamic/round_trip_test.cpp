// SPDX-License-Identifier: BSL-1.0
#include "coding.hpp"
#include "made.remoting.mock.hpp"
#include "random_json.hpp"

#include <remoting/dispatch/server_call.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Random types, made at build time, and random values of them: generated code and the dynamic codec read each other's
// bytes, and write the same.

namespace remoting::test {
namespace {

std::span<const std::byte> bytes_of_text(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

/// A call whose arguments are decoded by generated code into values of C++, and encoded again from them.
class GeneratedEcho final : public ServerCall {
public:
    GeneratedEcho(const MethodDescriptor& method, const std::string& arguments) : method_(method), arguments_(arguments)
    {
    }
    void run(Values values, FunctionRef<void()> /*servant*/) override
    {
        InputArchive input(bytes_of_text(arguments_));
        method_.decode_arguments(input, values);
        Buffer buffer;
        OutputArchive output(buffer);
        method_.encode_arguments(output, values);
        again = std::string(reinterpret_cast<const char*>(buffer.data()), buffer.size());
    }
    std::string again;

private:
    const MethodDescriptor& method_;
    const std::string& arguments_;
};

class RoundTrips : public testing::Test {
protected:
    std::string through_generated_code(const MethodDescriptor& method, const std::string& arguments)
    {
        GeneratedEcho echo(method, arguments);
        method.invoke(echo, static_cast<made::Carrier*>(&servant_));
        return echo.again;
    }
    std::string encoded(const std::vector<Field>& types, const std::vector<boost::json::value>& values) const
    {
        Buffer buffer;
        OutputArchive archive(buffer);
        JsonEncoder encoder(graph(), archive, nullptr);
        for (std::size_t index = 0; index < types.size(); ++index) {
            encoder.encode(types[index].type, values[index], std::string(types[index].name));
        }
        return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
    }
    std::vector<boost::json::value> decoded(const std::vector<Field>& types, const std::string& bytes) const
    {
        InputArchive archive(bytes_of_text(bytes), {.memory_factor = 1000});
        JsonDecoder decoder(graph(), archive, nullptr);
        std::vector<boost::json::value> values;
        for (const Field& field : types) {
            values.push_back(decoder.decode(field, std::string(field.name)));
        }
        return values;
    }
    const TypeGraph& graph() const { return model_->graph(); }

    const InterfaceDescriptor& generated_ = InterfaceTraits<made::Carrier>::descriptor();
    std::shared_ptr<const TypeModel> model_ = TypeModel::of<made::Carrier>();
    const DynamicInterface& dynamic_ = *graph().find_interface("made.Carrier");
    testing::NiceMock<made::MockCarrier> servant_;
};

TEST_F(RoundTrips, OfRandomValuesGiveTheSameBytesAndValuesOnBothPaths)
{
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        RandomJson random(seed);
        for (std::size_t index = 0; index < generated_.methods.size(); ++index) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ": " + signature(generated_.methods[index]));
            const std::vector<Field>& types = dynamic_.method_values[index];
            std::vector<boost::json::value> values;
            for (const Field& field : types) {
                values.push_back(random.of(field.type));
            }
            const std::string bytes = encoded(types, values);
            const std::string generated = through_generated_code(generated_.methods[index], bytes);
            ASSERT_EQ(generated, bytes);
            const auto read = decoded(types, generated);
            ASSERT_EQ(encoded(types, read), bytes);
            ASSERT_EQ(decoded(types, bytes), read);
        }
    }
}

TEST_F(RoundTrips, OfWhatIsLeftOutGiveTheSameDefaultsOnBothPaths)
{
    const std::string left_out;
    for (std::size_t index = 0; index < generated_.methods.size(); ++index) {
        SCOPED_TRACE(signature(generated_.methods[index]));
        const std::vector<Field>& types = dynamic_.method_values[index];
        const std::string generated = through_generated_code(generated_.methods[index], left_out);
        EXPECT_EQ(encoded(types, decoded(types, left_out)), generated);
        EXPECT_EQ(decoded(types, generated), decoded(types, left_out));
    }
}

}  // namespace
}  // namespace remoting::test
