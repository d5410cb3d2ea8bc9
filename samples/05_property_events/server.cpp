// SPDX-License-Identifier: BSL-1.0
#include "property.remoting.hpp"

#include <remoting/server.hpp>

#include <exception>
#include <iostream>
#include <string_view>

namespace {

class PropertyServant final : public PropertyShared::PropertyObject {
public:
    float get_FloatProperty() override { return float_; }
    void set_FloatProperty(float value) override
    {
        // Waits for the subscribers, one after the other. They may call this object meanwhile.
        if (raise_FloatPropertyChanging(float_, value)) {
            float_ = value;  // FloatProperty_changed is raised when this returns
        }
    }

private:
    float float_ = 0;
};

void serve(int url_count, char** urls)
{
    remoting::Server server;
    server.register_singleton<PropertyShared::PropertyObject, PropertyServant>("PropertyService");
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
    if (argc < 2 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: property_server URL...\n"
                     "for example: property_server tcp://127.0.0.1:6500 pipe://property\n";
        return 2;
    }
    try {
        serve(argc - 1, argv + 1);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "property_server: " << error.what() << '\n';
        return 1;
    }
}
