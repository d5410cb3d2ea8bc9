// SPDX-License-Identifier: BSL-1.0
#include "compiler.hpp"
#include "loader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// Compiles arbitrary text: parses, resolves, and generates when nothing is wrong. The text imports itself under one
// name and a small file under another.

namespace {

class OneFile final : public remoting::idl::FileReader {
public:
    explicit OneFile(std::string text) : text_(std::move(text)) {}

    std::optional<std::string> read(const std::string& path) override
    {
        if (path == "fuzz.idl") {
            return text_;
        }
        if (path == "other.idl") {
            return "namespace other; struct S { int32 x; } interface I { void f(); } exception X { string reason; }";
        }
        return std::nullopt;
    }
    std::string identity(const std::string& path) override { return path; }

private:
    std::string text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    OneFile reader(std::string(reinterpret_cast<const char*>(data), size));
    const remoting::idl::Compilation result = remoting::idl::compile("fuzz.idl", {}, reader);
    if (result.has_errors == result.diagnostics.empty() && result.has_errors) {
        __builtin_trap();
    }
    return 0;
}
