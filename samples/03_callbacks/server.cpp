// SPDX-License-Identifier: BSL-1.0
#include "chat.remoting.hpp"

#include <remoting/server.hpp>

#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// A member's place in the room. It goes with the member's last reference to it: when the member lets go of it, or is killed.
class SeatServant final : public chat::Seat {
public:
    SeatServant(std::function<void(const std::string&)> say, std::function<void()> leave)
        : say_(std::move(say)),
          leave_(std::move(leave))
    {
    }
    ~SeatServant() override { leave_(); }

    void Say(const std::string& text) override { say_(text); }

private:
    const std::function<void(const std::string&)> say_;
    const std::function<void()> leave_;
};

/// Concurrent: members come, talk and die at any time.
class RoomServant final : public chat::Room, public std::enable_shared_from_this<RoomServant> {
public:
    std::shared_ptr<chat::Seat> Join(const std::shared_ptr<chat::Member>& member) override
    {
        const std::string name = member->Name();  // a call back to the member, which waits in Join
        {
            const std::lock_guard lock(mutex_);
            if (!names_.insert(name).second) {
                throw chat::NameTaken(name);
            }
        }
        std::cout << name << " came" << std::endl;
        raise_Came(name);
        return std::make_shared<SeatServant>(
            [room = shared_from_this(), name](const std::string& text) { room->raise_Said({name, text}); },
            [room = shared_from_this(), name] { room->leave(name); });
    }

private:
    void leave(const std::string& name)
    {
        {
            const std::lock_guard lock(mutex_);
            names_.erase(name);
        }
        std::cout << name << " left" << std::endl;
        raise_Left(name);
    }

    std::mutex mutex_;
    std::set<std::string> names_;
};

void serve(int url_count, char** urls)
{
    remoting::Server server;
    server.publish<chat::Room>("room", std::make_shared<RoomServant>(),
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
    if (argc < 2 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: chat_server URL...\n"
                     "for example: chat_server tcp://127.0.0.1:6900 pipe://chat\n";
        return 2;
    }
    try {
        serve(argc - 1, argv + 1);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "chat_server: " << error.what() << '\n';
        return 1;
    }
}
