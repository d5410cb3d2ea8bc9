// SPDX-License-Identifier: BSL-1.0
// Slots that listen to a network; the network is the loopback interface.
#include "board.hpp"
#include "errors.hpp"
#include "temporary_directory.hpp"

#include "mailslot/multicast.hpp"

#include <remoting/channels/mailslot.hpp>
#include <remoting/channels/mailslot_channel.hpp>
#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace remoting::test {

namespace {

/// One that nobody uses.
std::uint16_t free_port()
{
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
}

struct NetworkSlots : testing::Test {
    TemporaryDirectory temporary;
    Lines lines;
    const std::string network = "?interface=lo&port=" + std::to_string(free_port());

    MailslotOptions options()
    {
        MailslotOptions options;
        options.directory = temporary.path();
        options.log = lines.log();
        return options;
    }
    std::string owned(const std::string& name) const { return "mailslot://./" + name + network; }
    std::string everywhere(const std::string& name) const { return "mailslot://*/" + name + network; }
    void send(const std::string& name, const std::string& text)
    {
        MailslotWriter(everywhere(name), patience, options()).write(text, patience);
    }
    static std::string text(const std::optional<MailslotMessage>& message)
    {
        return message ? std::string(message->content.as_string_view()) : "(none)";
    }
    void expect_invalid(const std::string& url, const std::string& why)
    {
        const auto error =
            expect_error(ErrorCode::invalid_url, Executed::no, [&] { MailslotWriter(url, patience, options()); });
        EXPECT_TRUE(contains(error.what(), why)) << error.what();
    }
};

TEST_F(NetworkSlots, GetWhatIsSentToTheirNameOrToAPatternOfIt)
{
    Mailslot letters(owned("letters"), options());
    Mailslot notes(owned("notes-1"), options());
    send("letters", "one");
    const auto first = letters.read(patience);
    EXPECT_EQ(text(first), "one");
    EXPECT_EQ(first->user_id, unknown_user);
    EXPECT_TRUE(first->sender.starts_with("127.0.0.1:")) << first->sender;
    send("notes-*", "two");
    EXPECT_EQ(text(notes.read(patience)), "two");
    send("*", "three");
    EXPECT_EQ(text(letters.read(patience)), "three");
    EXPECT_EQ(text(notes.read(patience)), "three");
    EXPECT_EQ(letters.info().waiting + notes.info().waiting, 0U);
}

TEST_F(NetworkSlots, GetLocalMessagesToo)
{
    Mailslot slot(owned("letters"), options());
    MailslotWriter("letters", patience, options()).write(std::string_view("near"), patience);
    const auto message = slot.read(patience);
    EXPECT_EQ(text(message), "near");
    EXPECT_EQ(message->user_id, ::geteuid());
    EXPECT_EQ(message->sender, "");
}

TEST_F(NetworkSlots, HearNothingUnlessTheyAreTold)
{
    Mailslot deaf("letters", options());
    Mailslot hears(owned("other"), options());
    send("*", "x");
    EXPECT_EQ(text(hears.read(patience)), "x");
    EXPECT_EQ(deaf.info().waiting, 0U);
}

TEST_F(NetworkSlots, ServeCallsOfAnInterface)
{
    const auto channel = std::make_shared<MailslotChannel>(options());
    const auto board = std::make_shared<BoardServant>();
    ServerOptions server_options;
    server_options.channels.add("mailslot", channel, channel);
    Server server(server_options);
    server.publish<notes::Board>("board", board);
    server.listen(owned("board"));
    ClientOptions client_options;
    client_options.channels.add("mailslot", channel, channel);
    Client client(client_options);
    client.get_object<notes::Board>(everywhere("board"))->Leave("from afar");
    client.get_object<notes::Board>("mailslot://./board")->Leave("from here");
    EXPECT_TRUE(board->wait_for(2));
}

TEST_F(NetworkSlots, TakeShortMessagesOnly)
{
    Mailslot slot(owned("letters"), options());
    MailslotWriter writer(everywhere("letters"), patience, options());
    constexpr std::size_t longest = 1400 - 5 - 1 - 7 - 1;
    writer.write(std::string(longest, 'x'), patience);
    EXPECT_EQ(slot.read(patience)->content.size(), longest);
    const auto error = expect_error(ErrorCode::limit_exceeded, Executed::no,
                                    [&] { writer.write(std::string(longest + 1, 'x'), patience); });
    EXPECT_TRUE(contains(error.what(), "1387")) << error.what();
}

TEST_F(NetworkSlots, PassOverWhatIsNoMessage)
{
    Mailslot slot(owned("letters"), options());
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(network.substr(network.rfind('=') + 1))));
    ::inet_pton(AF_INET, "239.255.82.77", &to.sin_addr);
    const in_addr loopback{.s_addr = htonl(INADDR_LOOPBACK)};
    EXPECT_EQ(::setsockopt(socket.get(), IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback), 0);
    using namespace std::string_literals;
    const std::vector<std::string> datagrams{"",
                                             "RMSL",
                                             "RMSL\0"s,
                                             "RMSL\0\xFFletters"s,
                                             "RMSL\1\7letters\1x"s,
                                             "RMSL\0\7letterz\1x"s,
                                             std::string(5000, 'R')};
    for (const std::string& datagram : datagrams) {
        EXPECT_EQ(
            ::sendto(socket.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
            static_cast<ssize_t>(datagram.size()));
    }
    send("letters", "sound");
    EXPECT_EQ(text(slot.read(patience)), "sound");
}

TEST_F(NetworkSlots, RefuseWhatTheirUrlCannotMean)
{
    expect_invalid("mailslot://*/letters", "append ?interface=NAME");
    expect_invalid("mailslot://*/letters?interface=nosuch0", "there is no network interface 'nosuch0'");
    expect_invalid("mailslot://*/letters?interface=lo&port=0", "1 to 65535");
    expect_invalid("mailslot://*/letters?interface=lo&port=70000", "1 to 65535");
    expect_invalid("mailslot://*/letters?interface=lo&port=12x", "1 to 65535");
    expect_invalid("mailslot://./letters?port=4711", "belong to the option interface");
    expect_invalid("mailslot://*/letters?interface=lo&insecure=yes", "takes no value");
    expect_invalid("mailslot://*/letters?interface=lo&durable", "of this machine only");
    expect_invalid("mailslot://elsewhere/letters", "is not a mailslot");
    const auto error =
        expect_error(ErrorCode::invalid_url, Executed::no, [&] { Mailslot(everywhere("letters"), options()); });
    EXPECT_TRUE(contains(error.what(), "nobody can own the slots of a network")) << error.what();
}

}  // namespace

}  // namespace remoting::test
