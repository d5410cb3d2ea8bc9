// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <remoting/server.hpp>
#include "hello.remoting.hpp"

class GreeterServant final : public hello::Greeter {
    std::string Greet(const std::string& name) override { return "Hello, " + name + "!"; }
};

int main(int, char** argv)
{
    remoting::Server server;
    server.register_singleton<hello::Greeter, GreeterServant>("greeter");
    std::cout << server.listen(argv[1]) << std::endl;
    server.run();
}
