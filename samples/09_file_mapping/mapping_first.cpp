// SPDX-License-Identifier: BSL-1.0
//
// mapping_first NAME
// The classic of file mapping: leaves a message in shared memory and waits until another process has read it.

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/shared_memory.hpp>

#include <chrono>
#include <cstring>
#include <exception>
#include <iostream>
#include <string_view>

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: mapping_first NAME\n";
        return 2;
    }
    try {
        constexpr std::string_view message = "Message from the first process";
        remoting::NamedEvent was_read(argv[1]);
        auto memory = remoting::SharedMemory::create(argv[1], 256);
        std::memcpy(memory.writable_bytes().data(), message.data(), message.size());
        std::cout << "waiting for a reader" << std::endl;
        if (!was_read.wait(0, std::chrono::minutes(1))) {
            std::cout << "nobody read it" << std::endl;
            return 1;
        }
        std::cout << "it was read" << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
