// SPDX-License-Identifier: BSL-1.0
#include "calls.remoting.hpp"
#include "objects.remoting.hpp"

#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <mutex>
#include <string>

namespace {

/// Lines of this program, whole.
void tell(const std::string& line)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::cout << line << std::endl;
}

class Control final : public contract::Control {
public:
    std::int32_t Add(std::int32_t a, std::int32_t b) override { return a + b; }
    /// Stays until a line comes in.
    void Do() override
    {
        tell("entered");
        std::string line;
        std::getline(std::cin, line);
    }
    void Post() override { Do(); }
    void Note(std::int32_t, std::int32_t) override {}
    std::int32_t Ask(std::int32_t, std::int32_t number) override { return number; }
    remoting::Bytes Fill(std::uint32_t size) override { return remoting::Bytes(size, std::byte{'f'}); }
    std::uint32_t Measure(const remoting::Bytes& data) override { return static_cast<std::uint32_t>(data.size()); }
    void Swap(std::string& a, std::string& b) override { std::swap(a, b); }
    std::int32_t Relay(const std::shared_ptr<contract::Control>& next, std::int32_t number) override
    {
        return next->Add(number, 1);
    }
};

int serve(const std::string& url)
{
    remoting::ServerOptions options;
    options.limits.message_size = std::size_t{64} * 1024;
    options.limits.unauthenticated_time = std::chrono::milliseconds(300);
    options.limits.drain = std::chrono::seconds(30);
    options.describes_objects = true;
    remoting::Server server(std::move(options));
    server.publish<contract::Control>("control", std::make_shared<Control>(),
                                      {.concurrency = remoting::Concurrency::concurrent});
    server.stop_on_signals();
    tell("listening " + server.listen(url));
    server.run();
    tell("stopped");
    return 0;
}

/// A client that holds an object and stays until it is killed.
int hold(const std::string& url)
{
    remoting::Client client;
    const auto account = client.create_object<contract::Account>(url, "child", 1);
    tell("holds " + account->get_Owner());
    std::string line;
    std::getline(std::cin, line);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string mode = argc == 3 ? argv[1] : "";
    try {
        if (mode == "serve") {
            return serve(argv[2]);
        }
        if (mode == "hold") {
            return hold(argv[2]);
        }
    } catch (const std::exception& error) {
        tell(std::string("failed ") + error.what());
        return 1;
    }
    std::cerr << "usage: process_test_server serve|hold <url>\n";
    return 2;
}
