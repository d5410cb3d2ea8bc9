// SPDX-License-Identifier: BSL-1.0
#include "chat.remoting.hpp"

#include <remoting/client.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace {

class MemberServant final : public chat::Member {
public:
    explicit MemberServant(std::string name) : name_(std::move(name)) {}
    std::string Name() override { return name_; }

private:
    const std::string name_;
};

/// Lines of several threads, each in one piece.
void print(const std::string& line)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::cout << line << std::endl;
}

/// @param slowness how long this member takes for each line; the others do not notice, and it misses the oldest ones.
void chat_with(const std::string& url, const std::string& name, std::chrono::milliseconds slowness)
{
    remoting::Client client;
    const auto room = client.get_object<chat::Room>(url + "/room");
    const auto said = room->on_Said(
        [&](const chat::Line& line) {
            print(line.member + ": " + line.text);
            std::this_thread::sleep_for(slowness);
        },
        {.queue = 20,
         .policy = remoting::SlowSubscriber::drop_oldest,
         .on_dropped = [](std::uint64_t count) { print("(" + std::to_string(count) + " lines missed)"); },
         .on_ended = [](const std::exception_ptr&) { print("the room is gone"); }});
    const auto came = room->on_Came([](const std::string& who) { print(who + " came"); });
    const auto left = room->on_Left([](const std::string& who) { print(who + " left"); });

    const auto seat = room->Join(std::make_shared<MemberServant>(name));
    std::string text;
    while (std::getline(std::cin, text)) {
        seat->Say(text);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: chat_member URL NAME [MILLISECONDS-FOR-A-LINE]     lines to say come from standard input\n"
                     "for example: chat_member tcp://127.0.0.1:6900 Ada\n";
        return 2;
    }
    try {
        chat_with(argv[1], argv[2], std::chrono::milliseconds(argc == 4 ? std::atoi(argv[3]) : 0));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "chat_member: " << error.what() << '\n';
        return 1;
    }
}
