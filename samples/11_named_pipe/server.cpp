// SPDX-License-Identifier: BSL-1.0
//
// named_pipe_server NAME [everyone | user:ID | group:ID]...
// Answers each message of each client, until one says "stop". Without access lists: clients of the same user only.

#include <remoting/channels/named_pipe.hpp>

#include <charconv>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

std::uint32_t number(std::string_view text)
{
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::invalid_argument("not the number of a user or a group: " + std::string(text));
    }
    return id;
}

remoting::AccessList parse_access(const std::vector<std::string_view>& words)
{
    remoting::AccessList access;
    for (const std::string_view word : words) {
        if (word == "everyone") {
            access.everyone = true;
        } else if (word.starts_with("user:")) {
            access.users.push_back(number(word.substr(5)));
        } else if (word.starts_with("group:")) {
            access.groups.push_back(number(word.substr(6)));
        } else {
            throw std::invalid_argument("access is everyone, user:ID or group:ID, not " + std::string(word));
        }
    }
    return access;
}

/// True when the client asks the server to stop.
bool serve(remoting::NamedPipe& pipe)
{
    while (const auto message = pipe.read(remoting::infinite)) {
        const std::string text(message->as_string_view());
        if (text == "stop") {
            return true;
        }
        pipe.write(text == "Hello" ? "World" : "You said: " + text, std::chrono::seconds(5));
    }
    return false;
}

void run(std::string_view name, const remoting::AccessList& access)
{
    remoting::NamedPipeOptions options;
    options.access = access;
    options.instances = 8;
    options.message_limit = 64 * 1024;
    remoting::NamedPipeServer server(name, options);
    std::cout << "listening on " << name << std::endl;
    std::vector<std::jthread> clients;
    try {
        for (;;) {
            clients.emplace_back([&server, pipe = server.accept(remoting::infinite)]() mutable {
                try {
                    if (serve(pipe)) {
                        server.close();
                    }
                } catch (const std::exception& error) {
                    std::cerr << "a client was lost: " << error.what() << '\n';
                }
            });
        }
    } catch (const std::exception&) {  // closed: accept() is told
        std::cout << "stopped" << std::endl;
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::cerr << "usage: named_pipe_server NAME [everyone | user:ID | group:ID]...\n";
        return 2;
    }
    try {
        run(argv[1], parse_access({argv + 2, argv + argc}));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
