// SPDX-License-Identifier: BSL-1.0
//
// mailslot_server SLOT [SECONDS]
// Reads its slot every five seconds, or as said, and prints the notes. SLOT is "mailslot://./notes", or for one whose
// notes survive "mailslot://./notes?durable". Ends on SIGINT or SIGTERM.

#include "notes.remoting.hpp"

#include <remoting/channels/mailslot.hpp>

#include <signal.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>

namespace {

class NotePrinter final : public notes::NoteBoard {
    void Leave(const std::string& author, const std::string& text) override
    {
        std::cout << author << ": " << text << std::endl;
    }
};

/// True when one of them came, false when the time is over.
bool wait_for(const sigset_t& signals, std::chrono::milliseconds time)
{
    const timespec longest{.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
    return ::sigtimedwait(&signals, nullptr, &longest) > 0;
}

void run(const std::string& name, std::chrono::milliseconds interval, const sigset_t& signals)
{
    remoting::Mailslot slot(name);
    slot.publish<notes::NoteBoard>(std::make_shared<NotePrinter>());
    std::cout << "listening on " << slot.url() << std::endl;
    do {
        const remoting::MailslotInfo info = slot.info();
        if (info.waiting != 0) {
            std::cout << info.waiting << " waiting, the next has " << info.next_size.value_or(0) << " bytes of at most "
                      << info.message_limit << std::endl;
        }
        slot.dispatch_all();
    } while (!wait_for(signals, interval));
    slot.dispatch_all();
    std::cout << "stopped" << std::endl;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2 && argc != 3) {
        std::cerr << "usage: mailslot_server SLOT [SECONDS]\n";
        return 2;
    }
    try {
        sigset_t signals;
        ::sigemptyset(&signals);
        ::sigaddset(&signals, SIGINT);
        ::sigaddset(&signals, SIGTERM);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);  // before threads are started, which inherit it
        const double seconds = argc == 3 ? std::stod(argv[2]) : 5;
        run(argv[1], std::chrono::milliseconds(static_cast<int>(seconds * 1000)), signals);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
