// SPDX-License-Identifier: BSL-1.0
#include "depot.hpp"

#include <remoting/server.hpp>

#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string_view>

int main(int argc, char** argv)
{
    if (argc < 3 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: streams_server FOLDER URL...\n"
                     "for example: streams_server /var/log tcp://127.0.0.1:6700 pipe://depot\n";
        return 2;
    }
    try {
        remoting::Server server;
        server.publish<live::Depot>("depot", std::make_shared<live::DepotServant>(std::filesystem::canonical(argv[1])),
                                    {.concurrency = remoting::Concurrency::concurrent});
        server.stop_on_signals();
        for (int i = 2; i < argc; ++i) {
            std::cout << "listening on " << server.listen(argv[i]) << std::endl;
        }
        server.run();
        std::cout << "stopped" << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "streams_server: " << error.what() << '\n';
        return 1;
    }
}
