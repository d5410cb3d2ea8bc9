// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <remoting/client.hpp>
#include "hello.remoting.hpp"

int main(int, char** argv)
{
    remoting::Client client;
    auto greeter = client.get_object<hello::Greeter>(argv[1]);
    std::cout << greeter->Greet("world") << '\n';
}
