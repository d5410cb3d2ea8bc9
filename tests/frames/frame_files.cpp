// SPDX-License-Identifier: BSL-1.0
#include "frame_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace remoting::test {

namespace {

const std::filesystem::path folder = REMOTING_FRAMES_DIR;

}  // namespace

ByteVector golden(const std::string& name)
{
    std::ifstream file(folder / (name + ".hex"));
    if (!file) {
        throw std::runtime_error("there is no v0/" + name + ".hex");
    }
    ByteVector bytes;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        for (std::string word; words >> word;) {
            unsigned value = 0;
            const auto end = word.data() + word.size();
            if (word.size() != 2 || std::from_chars(word.data(), end, value, 16).ptr != end) {
                throw std::runtime_error("'" + word + "' in v0/" + name + ".hex is not a byte");
            }
            bytes.push_back(static_cast<std::byte>(value));
        }
    }
    return bytes;
}

std::vector<std::string> golden_names()
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().stem().string());
    }
    std::ranges::sort(names);
    return names;
}

std::string hexadecimal(std::span<const std::byte> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = std::to_integer<unsigned>(bytes[i]);
        text += i == 0 ? "" : i % 16 == 0 ? "\n" : " ";
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text + "\n";
}

}  // namespace remoting::test
