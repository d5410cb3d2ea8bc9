// SPDX-License-Identifier: BSL-1.0
#include "property.remoting.hpp"

#include <remoting/client.hpp>

#include <cstdlib>
#include <exception>
#include <future>
#include <iostream>
#include <string>
#include <string_view>

using PropertyShared::PropertyObject;

namespace {

/// Shows the property as it changes, until it becomes `last`.
void watch(PropertyObject& object, float last)
{
    std::promise<void> reached;
    const auto subscription = object.on_FloatProperty_changed(
        [&](float value) {
            std::cout << "FloatProperty is " << value << std::endl;
            if (value == last) {
                reached.set_value();
            }
        },
        {.last_value = true, .resubscribe = true});
    reached.get_future().wait();
}

/// Lets nothing above `most` pass, and no negative number at all, while standard input is open.
void guard(PropertyObject& object, float most)
{
    const auto subscription = object.on_FloatPropertyChanging([&](float present, float& next) {
        if (next < 0) {
            std::cout << "from " << present << " to " << next << ": no" << std::endl;
            return false;
        }
        std::cout << "from " << present << " to " << next << ": yes" << (next > most ? ", but not so much" : "")
                  << std::endl;
        next = next > most ? most : next;
        return true;
    });
    std::cout << "on guard" << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
}

int run(const std::string& url, std::string_view command, float number)
{
    remoting::Client client;
    const auto object = client.get_object<PropertyObject>(url + "/PropertyService");
    if (command == "watch") {
        watch(*object, number);
    } else if (command == "guard") {
        guard(*object, number);
    } else if (command == "set") {
        object->set_FloatProperty(number);
        std::cout << "FloatProperty is " << object->get_FloatProperty() << '\n';
    } else {
        std::cerr << "property_client: watch, guard or set\n";
        return 2;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: property_client URL watch|guard|set NUMBER\n"
                     "for example: property_client tcp://127.0.0.1:6500 set 11.5\n";
        return 2;
    }
    try {
        return run(argv[1], argv[2], std::strtof(argv[3], nullptr));
    } catch (const std::exception& error) {
        std::cerr << "property_client: " << error.what() << '\n';
        return 1;
    }
}
