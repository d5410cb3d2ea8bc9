// SPDX-License-Identifier: BSL-1.0
//
// mailslot_client SLOT AUTHOR NOTE...
// Leaves notes and does not wait for anybody to read them. A SLOT of "mailslot://./notes-*" is all whose names match.

#include "notes.remoting.hpp"

#include <remoting/channels/mailslot_channel.hpp>
#include <remoting/client.hpp>

#include <exception>
#include <iostream>
#include <memory>

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::cerr << "usage: mailslot_client SLOT AUTHOR NOTE...\n";
        return 2;
    }
    try {
        remoting::ClientOptions options;
        const auto mailslots = std::make_shared<remoting::MailslotChannel>();
        options.channels.add("mailslot", mailslots, mailslots);
        remoting::Client client(options);
        const auto board = client.get_object<notes::NoteBoard>(argv[1]);
        for (int i = 3; i < argc; ++i) {
            board->Leave(argv[2], argv[i]);
            std::cout << "left note " << i - 2 << std::endl;
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
