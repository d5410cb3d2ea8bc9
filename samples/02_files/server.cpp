// SPDX-License-Identifier: BSL-1.0
#include "file_service.hpp"

#include <remoting/server.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <string_view>

namespace {

void serve(const char* root, int url_count, char** urls)
{
    remoting::Server server;
    // Made here, so that a folder that is not there is noticed at once; concurrent, because reading files takes time.
    server.publish<files::FileService>("files", std::make_shared<files::TreeFileService>(root),
                                       {.concurrency = remoting::Concurrency::concurrent});
    server.stop_on_signals();
    for (int i = 0; i < url_count; ++i) {
        std::cout << "listening on " << server.listen(urls[i]) << std::endl;
    }
    server.run();
    std::cout << "stopped" << std::endl;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: files_server FOLDER URL...\n"
                     "for example: files_server /usr/share/doc tcp://127.0.0.1:6200 pipe://files\n";
        return 2;
    }
    try {
        serve(argv[1], argc - 2, argv + 2);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "files_server: " << error.what() << '\n';
        return 1;
    }
}
