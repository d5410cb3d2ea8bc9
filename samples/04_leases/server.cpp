// SPDX-License-Identifier: BSL-1.0
#include "leases.remoting.hpp"

#include <remoting/server.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// Servants end on whatever thread lets go of them last, hence one string for each line.
void say(const std::string& line)
{
    std::cout << line + "\n" << std::flush;
}

class VisitorServant final : public LeaseShared::Visitor {
public:
    explicit VisitorServant(std::string name) : name_(std::move(name)) { say(name_ + " came"); }
    ~VisitorServant() override { say(name_ + " left"); }
    std::string Greet() override { return "hello from " + name_; }

private:
    const std::string name_;
};

/// Says why an object has gone.
class Porter final : public remoting::TrackingHandler {
    void disconnected(const remoting::TrackedObject& object, std::string_view reason) override
    {
        if (object.interface_name == "LeaseShared.Visitor") {
            say("a visitor is gone: " + std::string(reason));
        }
    }
};

void serve(std::chrono::milliseconds lease, int url_count, char** urls)
{
    remoting::ServerOptions options;
    options.lease = {.initial = lease, .renew_on_call = lease / 2, .sponsorship_timeout = std::chrono::seconds(2)};
    options.session_grace = lease / 2;  // how long a client that was lost may come back
    options.tracking_handlers = {std::make_shared<Porter>()};
    remoting::Server server(options);
    server.register_activated<LeaseShared::Visitor, VisitorServant>();
    server.stop_on_signals();
    for (int i = 0; i < url_count; ++i) {
        say("listening on " + server.listen(urls[i]));
    }
    server.run();
    say("stopped");
}

}  // namespace

int main(int argc, char** argv)
{
    const int milliseconds = argc > 2 ? std::atoi(argv[1]) : 0;
    if (milliseconds <= 0) {
        std::cerr << "usage: leases_server MILLISECONDS URL...\n"
                     "for example: leases_server 5000 tcp://127.0.0.1:6400 pipe://leases\n";
        return 2;
    }
    try {
        serve(std::chrono::milliseconds(milliseconds), argc - 2, argv + 2);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "leases_server: " << error.what() << '\n';
        return 1;
    }
}
