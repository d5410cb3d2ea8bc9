// SPDX-License-Identifier: BSL-1.0
#include "output_files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace remoting::idl {

namespace {

bool holds_already(const std::string& path, std::string_view text)
{
    std::error_code error;
    if (std::filesystem::file_size(path, error) != text.size() || error) {
        return false;
    }
    std::ifstream stream(path, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    return stream && content == text;
}

std::string escaped(const std::string& path)
{
    std::string text;
    for (const char character : path) {
        if (character == ' ' || character == '#' || character == '\\') {
            text += '\\';
        } else if (character == '$') {
            text += '$';
        }
        text += character;
    }
    return text;
}

[[noreturn]] void fail(const std::string& path, const std::string& reason)
{
    throw std::runtime_error("cannot write " + path + ": " + reason);
}

}  // namespace

void write_if_changed(const std::string& path, std::string_view text)
{
    if (holds_already(path, text)) {
        return;
    }
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) {
        std::filesystem::create_directories(folder, error);
    }
    const std::string unfinished = path + ".new";
    std::ofstream stream(unfinished, std::ios::binary | std::ios::trunc);
    if (!stream) {
        fail(path, std::strerror(errno));
    }
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    if (!stream) {
        std::filesystem::remove(unfinished, error);
        fail(path, "the disk is full or failed");
    }
    std::filesystem::rename(unfinished, path, error);
    if (error) {
        const std::string reason = error.message();
        std::filesystem::remove(unfinished, error);
        fail(path, reason);
    }
}

std::string depfile_rule(const std::vector<std::string>& targets, const std::vector<std::string>& dependencies)
{
    std::string rule;
    for (const std::string& target : targets) {
        rule += (rule.empty() ? "" : " ") + escaped(target);
    }
    rule += ':';
    for (const std::string& dependency : dependencies) {
        rule += " \\\n  " + escaped(dependency);
    }
    return rule + '\n';
}

}  // namespace remoting::idl
