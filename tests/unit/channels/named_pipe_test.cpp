// SPDX-License-Identifier: BSL-1.0
#include "fake_channel_host.hpp"
#include "raw_pipe.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/named_pipe.hpp>
#include <remoting/channels/pipe_channel.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

std::string text(const std::optional<Bytes>& bytes)
{
    return bytes ? std::string(bytes->as_string_view()) : "(end)";
}

struct NamedPipes : testing::Test {
    TemporaryDirectory temporary;

    NamedPipeOptions options(PipeMode mode = PipeMode::message) const
    {
        NamedPipeOptions options;
        options.mode = mode;
        options.directory = temporary.path();
        options.log = [](const std::string&) {};
        return options;
    }
    struct Pair {
        NamedPipe server;
        NamedPipe client;
    };
    Pair connected(NamedPipeServer& server) const
    {
        auto client = std::async(std::launch::async, [&] { return NamedPipe::connect("bank", patience, options()); });
        NamedPipe accepted = server.accept(patience);
        return {std::move(accepted), client.get()};
    }
    /// What a client says first, when `limit` is the longest message that it takes.
    static std::string greeting(char limit) { return {'R', 'M', 'T', 'P', 2, 0, 0, 0, limit, 0, 0, 0}; }
    static void send(const RawSocket& raw, const std::string& bytes)
    {
        ASSERT_EQ(::write(raw.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    Pair connected(PipeMode mode = PipeMode::message) const
    {
        NamedPipeServer server("bank", options(mode));
        return connected(server);
    }
};

TEST_F(NamedPipes, CarryMessagesInBothDirections)
{
    auto [server, client] = connected();
    client.write("Hello", patience);
    EXPECT_EQ(text(server.read(patience)), "Hello");
    server.write("World", patience);
    EXPECT_EQ(text(client.read(patience)), "World");
    EXPECT_EQ(client.mode(), PipeMode::message);
    EXPECT_EQ(client.peer().user_id, ::geteuid());
}

TEST_F(NamedPipes, NeitherCutNorJoinMessages)
{
    auto [server, client] = connected();
    const std::string large(3'000'000, 'x');
    std::thread writer([&pipe = client, &large] {
        for (const std::string& message : {std::string("a"), std::string(), large, std::string("bc")}) {
            pipe.write(message, patience);
        }
    });
    EXPECT_EQ(text(server.read(patience)), "a");
    EXPECT_EQ(text(server.read(patience)), "");
    EXPECT_EQ(text(server.read(patience)), large);
    EXPECT_EQ(text(server.read(patience)), "bc");
    writer.join();
}

TEST_F(NamedPipes, OfByteModeAreStreams)
{
    auto [server, client] = connected(PipeMode::byte);
    EXPECT_EQ(client.mode(), PipeMode::byte);
    client.write("Hello ", patience);
    client.write("World", patience);
    std::string received;
    while (received.size() < 11) {
        received += text(server.read(patience));
    }
    EXPECT_EQ(received, "Hello World");
}

TEST_F(NamedPipes, AnswerInOneTransaction)
{
    auto [server, client] = connected();
    std::thread thread([&pipe = server] { pipe.write("re: " + text(pipe.read(patience)), patience); });
    EXPECT_EQ(client.transact(Bytes(std::string_view("question")), patience).as_string_view(), "re: question");
    thread.join();
}

TEST_F(NamedPipes, EndInOrderWhenTheOtherSideCloses)
{
    auto [server, client] = connected();
    {
        const NamedPipe going = std::move(client);
        NamedPipe& pipe = const_cast<NamedPipe&>(going);
        pipe.write("last words", patience);
    }
    EXPECT_EQ(text(server.read(patience)), "last words");
    EXPECT_EQ(text(server.read(patience)), "(end)");
    EXPECT_EQ(error_of([&pipe = server] { pipe.write("too late", patience); }).code(), ErrorCode::connection_lost);
}

TEST_F(NamedPipes, EndAWaitWhenTheyAreClosedHere)
{
    auto [server, client] = connected();
    auto end = std::async(std::launch::async, [&pipe = server] { return text(pipe.read(infinite)); });
    server.close();
    EXPECT_EQ(end.get(), "(end)");
    EXPECT_EQ(text(client.read(patience)), "(end)");
}

TEST_F(NamedPipes, TimeOutAndGoOn)
{
    auto [server, client] = connected();
    const RemotingError error = error_of([&pipe = server] { pipe.read(1ms); });
    EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
    EXPECT_EQ(error.executed(), Executed::no);
    client.write("late", patience);
    EXPECT_EQ(text(server.read(patience)), "late");
}

TEST_F(NamedPipes, TimeOutWhenNobodyReads)
{
    auto [server, client] = connected();
    const std::string large(4'000'000, 'x');
    const RemotingError error = error_of([&pipe = client, &large] { pipe.write(large, 1ms); });
    EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
    EXPECT_EQ(error.executed(), Executed::maybe);
    client.close();
    EXPECT_EQ(error_of([&pipe = server] { pipe.read(patience); }).code(), ErrorCode::connection_lost);
}

TEST_F(NamedPipes, RefuseAMessageAboveTheSmallerLimitAndStayUsable)
{
    NamedPipeOptions small = options();
    small.message_limit = 100;
    NamedPipeServer server("bank", small);
    auto [accepted, client] = connected(server);
    EXPECT_EQ(client.message_limit(), 100U);
    const RemotingError error = error_of([&pipe = client] { pipe.write(std::string(101, 'x'), patience); });
    EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_TRUE(mentions(error, "100"));
    client.write(std::string(100, 'x'), patience);
    EXPECT_EQ(text(accepted.read(patience)).size(), 100U);
}

TEST_F(NamedPipes, RefuseAMessageAboveTheClientsLimitAndStayUsable)
{
    NamedPipeOptions small = options();
    small.message_limit = 100;
    NamedPipeServer server("bank", options());
    auto connecting = std::async(std::launch::async, [&] { return NamedPipe::connect("bank", patience, small); });
    NamedPipe accepted = server.accept(patience);
    NamedPipe client = connecting.get();
    const RemotingError error = error_of([&] { accepted.write(std::string(101, 'x'), patience); });
    EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(accepted.message_limit(), 100U);
    accepted.write(std::string(100, 'x'), patience);
    EXPECT_EQ(text(client.read(patience)).size(), 100U);
    client.write("still usable", patience);
    EXPECT_EQ(text(accepted.read(patience)), "still usable");
}

TEST_F(NamedPipes, DropAClientThatDoesNotSayWhatItIs)
{
    using enum ErrorCode;
    NamedPipeServer server("bank", options());
    for (const std::string& bytes :
         {std::string("GET / HTTP/1.1"), greeting(0), std::string("RMTP\1\0\0\0\x64\0\0\0", 12),
          std::string("RMTP\2\7\0\0\x64\0\0\0", 12), std::string(12, '\xFF')}) {
        const RawSocket raw(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(raw_connect(raw, temporary / "bank"), 0);
        NamedPipe accepted = server.accept(patience);
        EXPECT_EQ(error_of([&] { accepted.write("x", 0s); }).code(), deadline_exceeded) << "it has not spoken yet";
        send(raw, bytes);
        EXPECT_EQ(error_of([&] { accepted.write("x", patience); }).code(), protocol_error);
        EXPECT_EQ(error_of([&] { accepted.write("x", patience); }).code(), connection_lost);
        EXPECT_EQ(text(accepted.read(patience)), "(end)");
    }
}

TEST_F(NamedPipes, LetAWriterNotWaitForAReaderToHearTheClient)
{
    NamedPipeServer server("bank", options());
    const RawSocket raw(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(raw_connect(raw, temporary / "bank"), 0);
    NamedPipe accepted = server.accept(patience);
    auto reader = std::async(std::launch::async, [&] { return text(accepted.read(patience)); });
    const RemotingError error = error_of([&] { accepted.write("x", 1ms); });
    EXPECT_EQ(error.code(), ErrorCode::deadline_exceeded);
    EXPECT_EQ(error.executed(), Executed::no);
    send(raw, greeting(100) + std::string("\x02\0\0\0hi", 6));
    EXPECT_EQ(reader.get(), "hi");
    EXPECT_NO_THROW(accepted.write("x", patience));
}

TEST_F(NamedPipes, CloseOnAMessageThatClaimsToBeTooLong)
{
    NamedPipeServer server("bank", options());
    const RawSocket raw(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(raw_connect(raw, temporary / "bank"), 0);
    NamedPipe accepted = server.accept(patience);
    send(raw, greeting(100) + "\xFF\xFF\xFF\xFFxyz");
    EXPECT_EQ(error_of([&] { accepted.read(patience); }).code(), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of([&] { accepted.read(0s); }).code(), ErrorCode::limit_exceeded) << "there is no way to go on";
    EXPECT_EQ(error_of([&] { accepted.write("x", 0s); }).code(), ErrorCode::connection_lost) << "it was closed";
}

TEST_F(NamedPipes, SayWhenTheEndCameWithinAMessage)
{
    NamedPipeServer server("bank", options());
    const RawSocket raw(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(raw_connect(raw, temporary / "bank"), 0);
    NamedPipe accepted = server.accept(patience);
    send(raw, greeting(100) + std::string("\x05\0\0\0abc", 7));
    ::shutdown(raw.get(), SHUT_RDWR);
    EXPECT_EQ(error_of([&] { accepted.read(patience); }).code(), ErrorCode::connection_lost);
}

TEST_F(NamedPipes, MakeClientsWaitForAFreeInstance)
{
    NamedPipeOptions one = options();
    one.instances = 1;
    NamedPipeServer server("bank", one);
    auto first = std::make_optional(connected(server));
    EXPECT_EQ(server.connected(), 1U);
    EXPECT_EQ(error_of([&] { server.accept(1ms); }).code(), ErrorCode::deadline_exceeded);
    const RemotingError busy = error_of([&] { NamedPipe::connect("bank", 1ms, options()); });
    EXPECT_EQ(busy.code(), ErrorCode::deadline_exceeded);
    EXPECT_TRUE(mentions(busy, "busy"));
    auto second = std::async(std::launch::async, [&] { return NamedPipe::connect("bank", patience, options()); });
    first.reset();
    for (;;) {  // the client that gave up waiting is still in the queue, unless it is seen to have gone
        NamedPipe accepted = server.accept(patience);
        try {
            accepted.write("welcome", patience);
        } catch (const RemotingError&) {
            continue;
        }
        EXPECT_EQ(text(second.get().read(patience)), "welcome");
        break;
    }
}

TEST_F(NamedPipes, ServeManyClientsAtOnce)
{
    constexpr int count = 20;
    NamedPipeServer server("bank", options());
    std::thread serving([&] {
        std::vector<std::thread> threads;
        for (int i = 0; i < count; ++i) {
            threads.emplace_back([pipe = server.accept(patience)]() mutable {
                while (auto message = pipe.read(patience)) {
                    pipe.write(*message, patience);
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    });
    std::vector<NamedPipe> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(NamedPipe::connect("bank", patience, options()));
    }
    for (int i = 0; i < count; ++i) {
        const Bytes message(std::to_string(i));
        EXPECT_EQ(clients[static_cast<std::size_t>(i)].transact(message, patience), message);
    }
    clients.clear();
    serving.join();
}

TEST_F(NamedPipes, HaveOneServerForEachName)
{
    NamedPipeServer server("bank", options());
    EXPECT_EQ(error_of([&] { NamedPipeServer("bank", options()); }).code(), ErrorCode::name_in_use);
    EXPECT_NO_THROW(NamedPipeServer("bank2", options()));
}

TEST_F(NamedPipes, ShareTheirNamesWithPipesOfObjects)
{
    FakeChannelHost host;
    PipeChannel channel({.directory = temporary.path()});
    {
        NamedPipeServer server("bank", options());
        EXPECT_EQ(error_of([&] { channel.listen(ObjectUrl::parse("pipe://bank"), host); }).code(),
                  ErrorCode::name_in_use);
    }
    const auto listener = channel.listen(ObjectUrl::parse("pipe://bank"), host);
    EXPECT_EQ(error_of([&] { NamedPipeServer("bank", options()); }).code(), ErrorCode::name_in_use);
}

TEST_F(NamedPipes, SayThatNobodyListens)
{
    const RemotingError error = error_of([&] { NamedPipe::connect("bank", patience, options()); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_TRUE(mentions(error, "nobody listens on pipe 'bank'"));
}

TEST_F(NamedPipes, RefuseNamesThatArePathsOrTooLong)
{
    for (const std::string& name : {std::string(), std::string(".."), std::string("a/b"), std::string("/etc/x"),
                                    std::string(".hidden"), std::string("a\0b", 3), std::string(65, 'x')}) {
        EXPECT_EQ(error_of([&] { NamedPipeServer(name, options()); }).code(), ErrorCode::invalid_url) << name;
        EXPECT_EQ(error_of([&] { NamedPipe::connect(name, 1s, options()); }).code(), ErrorCode::invalid_url) << name;
    }
}

TEST_F(NamedPipes, RefuseLimitsOutOfRange)
{
    for (const std::size_t limit : {std::size_t{0}, (std::size_t{1} << 30U) + 1}) {
        NamedPipeOptions bad = options();
        bad.message_limit = limit;
        EXPECT_EQ(error_of([&] { NamedPipeServer("bank", bad); }).code(), ErrorCode::invalid_argument);
    }
    NamedPipeOptions none = options();
    none.instances = 0;
    EXPECT_EQ(error_of([&] { NamedPipeServer("bank", none); }).code(), ErrorCode::invalid_argument);
}

TEST_F(NamedPipes, EndAWaitForClientsWhenTheServerCloses)
{
    NamedPipeServer server("bank", options());
    auto end = std::async(std::launch::async, [&] { return error_of([&] { server.accept(infinite); }).code(); });
    server.close();
    EXPECT_EQ(end.get(), ErrorCode::shutting_down);
}

TEST_F(NamedPipes, OutliveTheirServer)
{
    auto [server, client] = connected();  // the server object is gone
    client.write("still here", patience);
    EXPECT_EQ(text(server.read(patience)), "still here");
    EXPECT_FALSE(std::filesystem::exists(temporary / "bank"));
}

TEST_F(NamedPipes, TellAPipeOfObjectsFromAPlainOne)
{
    const RawSocket listening = raw_listener(temporary / "bank", 4);
    ::chmod((temporary / "bank").c_str(), 0600);
    std::thread stranger([&] {
        const RawSocket socket(::accept(listening.get(), nullptr, nullptr));
        EXPECT_EQ(::write(socket.get(), "GET / HTTP/1.1", 14), 14);
        std::array<char, 13> rest{};
        while (::read(socket.get(), rest.data(), rest.size()) > 0) {  // the greeting, then the end
        }
    });
    EXPECT_EQ(error_of([&] { NamedPipe::connect("bank", patience, options()); }).code(), ErrorCode::protocol_error);
    stranger.join();
}

}  // namespace

}  // namespace remoting::test
