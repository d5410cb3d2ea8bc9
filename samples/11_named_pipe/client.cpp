// SPDX-License-Identifier: BSL-1.0
//
// named_pipe_client NAME[@OWNER] MESSAGE...
// Sends each message and prints the answer. OWNER is the number of the user whose shared pipe it is.

#include <remoting/channels/named_pipe.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::cerr << "usage: named_pipe_client NAME[@OWNER] MESSAGE...\n";
        return 2;
    }
    try {
        const std::string address = argv[1];
        const auto at = address.find('@');
        remoting::NamedPipeOptions options;
        if (at != std::string::npos) {
            options.owner = static_cast<std::uint32_t>(std::stoul(address.substr(at + 1)));
        }
        auto pipe = remoting::NamedPipe::connect(address.substr(0, at), std::chrono::seconds(5), options);
        for (int i = 2; i < argc; ++i) {
            const std::string_view message = argv[i];
            pipe.write(message, std::chrono::seconds(5));
            if (message != "stop") {
                const auto answer = pipe.read(std::chrono::seconds(5));
                std::cout << (answer ? answer->as_string_view() : "(the server closed the pipe)") << '\n';
            }
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
