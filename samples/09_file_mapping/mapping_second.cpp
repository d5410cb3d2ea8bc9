// SPDX-License-Identifier: BSL-1.0
//
// mapping_second NAME
// Prints the message that mapping_first left under that name.

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/shared_memory.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: mapping_second NAME\n";
        return 2;
    }
    try {
        const auto memory = remoting::SharedMemory::open(argv[1], remoting::View::read_only);
        const auto bytes = memory.bytes();
        const auto end = std::ranges::find(bytes, std::byte{});
        std::cout << std::string(reinterpret_cast<const char*>(bytes.data()),
                                 static_cast<std::size_t>(end - bytes.begin()))
                  << std::endl;
        remoting::NamedEvent(argv[1]).signal();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
