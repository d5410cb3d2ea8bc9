// SPDX-License-Identifier: BSL-1.0
#include "compiler.hpp"
#include "describe.hpp"
#include "evolution.hpp"
#include "format.hpp"
#include "loader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

// Compiles arbitrary text: parses, resolves, and generates when nothing is wrong. The text imports itself under one
// name and a small file under another. What has no errors is formatted: that says the same, and formatting it again
// changes nothing.

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
    const std::string text = *reader.read("fuzz.idl");
    const remoting::idl::Analysis before = remoting::idl::analyze("fuzz.idl", {}, reader);
    if (before.has_errors || text.size() > 4096) {
        return 0;
    }
    const auto formatted = [](const std::string& idl) {
        return remoting::idl::format(std::make_unique<remoting::idl::SourceText>("fuzz.idl", idl)).text.value();
    };
    const std::string once = formatted(text);
    OneFile again(once);
    const remoting::idl::Analysis after = remoting::idl::analyze("fuzz.idl", {}, again);
    if (formatted(once) != once || after.has_errors ||
        remoting::idl::describe(before.program) != remoting::idl::describe(after.program) ||
        !remoting::idl::compare(before.program, after.program).empty()) {
        __builtin_trap();
    }
    return 0;
}
