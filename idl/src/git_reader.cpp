// SPDX-License-Identifier: BSL-1.0
#include "git_reader.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace remoting::idl {

namespace {

// One argument, whatever is in it.
std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (const char character : text) {
        if (character == '\'') {
            result += "'\\''";
        } else {
            result += character;
        }
    }
    return result + '\'';
}

struct Close {
    void operator()(std::FILE* file) const noexcept { ::pclose(file); }
};

}  // namespace

std::optional<std::string> GitReader::read(const std::string& path)
{
    const std::filesystem::path file(path);
    const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
    const std::string command =
        "git -C " + quoted(folder) + " show " + quoted(revision_ + ":./" + file.filename().string()) + " 2>/dev/null";
    std::unique_ptr<std::FILE, Close> pipe(::popen(command.c_str(), "r"));
    if (pipe == nullptr) {
        return std::nullopt;
    }
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe.get());
        if (size == 0) {
            break;
        }
        text.append(buffer.data(), size);
        if (text.size() > SourceText::max_size) {
            break;
        }
    }
    const int status = ::pclose(pipe.release());
    return status == 0 ? std::optional(std::move(text)) : std::nullopt;
}

std::string GitReader::identity(const std::string& path)
{
    return std::filesystem::path(path).lexically_normal().generic_string();
}

}  // namespace remoting::idl
