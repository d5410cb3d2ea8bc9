// SPDX-License-Identifier: BSL-1.0
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Runs a fuzz target over each file of the folders given, and over each with one byte missing or changed, where there
// is no libFuzzer.
int main(int argc, char** argv)
{
    const auto run = [](const std::string& input) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    };
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            std::string input{std::istreambuf_iterator<char>(file), {}};
            run(input);
            ++count;
            const std::size_t step = 1 + input.size() / 64;
            for (std::size_t position = 0; position < input.size(); position += step) {
                run(input.substr(0, position));
                const char before = input[position];
                input[position] = static_cast<char>(before ^ static_cast<char>(1U << (position % 8)));
                run(input);
                input[position] = before;
            }
        }
    }
    run({});
    std::cout << count << " seeds replayed\n";
    return count == 0 ? 1 : 0;
}
