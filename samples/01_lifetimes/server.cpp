// SPDX-License-Identifier: BSL-1.0
#include "shared.remoting.hpp"

#include <remoting/server.hpp>

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

namespace {

/// Implements whichever of the three interfaces it is given: an ordinary class that derives from a generated one.
/// It needs no lock, because an object takes one call at a time unless it is registered otherwise.
template <class Interface>
class Servant final : public Interface {
public:
    std::string HelloWorld() override { return "Hello World from object number " + std::to_string(number_); }

    void GetProcessThreadID(std::uint32_t& processId, std::uint32_t& threadId) override
    {
        processId = static_cast<std::uint32_t>(getpid());
        threadId = static_cast<std::uint32_t>(gettid());
    }

    float get_FloatProperty() override { return float_; }
    void set_FloatProperty(float value) override { float_ = value; }

private:
    static inline std::atomic<int> made_ = 0;

    const int number_ = ++made_;
    float float_ = 0;
};

void serve(int url_count, char** urls)
{
    using namespace RemotingShared;

    remoting::Server server;
    server.register_single_call<SingleCallObject, Servant<SingleCallObject>>("SingleCallService");
    server.register_singleton<SingletonObject, Servant<SingletonObject>>("SingletonService");
    server.register_activated<ClientActivatedObject, Servant<ClientActivatedObject>>();
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
        std::cerr << "usage: lifetimes_server URL...\n"
                     "for example: lifetimes_server tcp://127.0.0.1:6100 pipe://lifetimes\n";
        return 2;
    }
    try {
        serve(argc - 1, argv + 1);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "lifetimes_server: " << error.what() << '\n';
        return 1;
    }
}
