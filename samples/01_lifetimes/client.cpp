// SPDX-License-Identifier: BSL-1.0
#include "shared.remoting.hpp"

#include <remoting/client.hpp>

#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

using namespace RemotingShared;

namespace {

/// Calls an object that may be anywhere: nothing here knows that it is in another process.
void use(HelloObject& object, float value)
{
    std::cout << "  HelloWorld()          \"" << object.HelloWorld() << "\"\n"
              << "  HelloWorld()          \"" << object.HelloWorld() << "\", when asked again\n";

    std::uint32_t processId = 0;
    std::uint32_t threadId = 0;
    object.GetProcessThreadID(processId, threadId);
    std::cout << "  GetProcessThreadID()  process " << processId << ", thread " << threadId << '\n';

    std::cout << "  FloatProperty         " << object.get_FloatProperty() << " at first\n";
    object.set_FloatProperty(value);
    std::cout << "  FloatProperty         " << object.get_FloatProperty() << " after it was set to " << value << '\n';
}

void show_lifetimes(const std::string& url, float value)
{
    remoting::Client client;
    std::cout << "Client process " << getpid() << " calls " << url << " and sets properties to " << value << ".\n";

    std::cout << "\nSingleCallObject: another object for each call, so nothing is kept.\n";
    use(*client.get_object<SingleCallObject>(url + "/SingleCallService"), value);

    std::cout << "\nSingletonObject: one object for all clients, so they see what others left in it.\n";
    use(*client.get_object<SingletonObject>(url + "/SingletonService"), value);

    std::cout << "\nClientActivatedObject: this client's own object, which keeps what it is told.\n";
    const auto first = client.create_object<ClientActivatedObject>(url);
    use(*first, value);

    std::cout << "\nA second ClientActivatedObject, while the first still exists.\n";
    const auto second = client.create_object<ClientActivatedObject>(url);
    use(*second, value + 1);
    std::cout << "  FloatProperty         " << first->get_FloatProperty() << " is still what the first one has\n";
    // Both objects go here, with the last pointers to them.
}

}  // namespace

int main(int argc, char** argv)
{
    float value = 0;
    const char* text = argc == 3 ? argv[2] : "";
    const char* end = text + std::strlen(text);
    if (argc != 3 || std::from_chars(text, end, value).ptr != end) {
        std::cerr << "usage: lifetimes_client URL NUMBER\n"
                     "for example: lifetimes_client tcp://127.0.0.1:6100 11.5\n";
        return 2;
    }
    try {
        show_lifetimes(argv[1], value);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "lifetimes_client: " << error.what() << '\n';
        return 1;
    }
}
