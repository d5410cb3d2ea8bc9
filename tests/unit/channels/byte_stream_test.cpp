// SPDX-License-Identifier: BSL-1.0
#include "fake_channel_host.hpp"
#include "stream_tools.hpp"
#include "temporary_directory.hpp"

#include <remoting/channels/in_process_channel.hpp>
#include <remoting/channels/pipe_channel.hpp>
#include <remoting/channels/tcp_channel.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <latch>

namespace remoting::test {

namespace {

using Status = IoResult::Status;

class ByteStreamOver : public testing::TestWithParam<const char*> {
protected:
    ByteStreamOver()
    {
        const std::string scheme = GetParam();
        if (scheme == "tcp") {
            start(std::make_shared<TcpChannel>(), "tcp://127.0.0.1:0");
        } else if (scheme == "pipe") {
            start(std::make_shared<PipeChannel>(PipeOptions{.directory = directory_ / "pipes", .log = {}}),
                  "pipe://test");
        } else {
            start(std::make_shared<InProcessChannel>(std::make_shared<LocalNetwork>()), "inproc://test");
        }
    }

    template <class Channel>
    void start(std::shared_ptr<Channel> channel, const char* url)
    {
        client_channel_ = channel;
        listener_ = channel->listen(ObjectUrl::parse(url), server_host_);
        connect();
    }

    void connect()
    {
        client_channel_->connect(ObjectUrl::parse(listener_->url()), client_host_, soon());
        client_ = client_host_.take_opened();
        server_ = server_host_.take_accepted();
        ASSERT_NE(client_, nullptr);
        ASSERT_NE(server_, nullptr);
    }

    TemporaryDirectory directory_;
    FakeChannelHost server_host_;
    FakeChannelHost client_host_;
    std::shared_ptr<ClientChannel> client_channel_;
    std::unique_ptr<Listener> listener_;
    std::unique_ptr<ByteStream> client_;
    std::unique_ptr<ByteStream> server_;
};

std::string scheme_of(const testing::TestParamInfo<const char*>& info)
{
    return info.param;
}

INSTANTIATE_TEST_SUITE_P(Channel, ByteStreamOver, testing::Values("tcp", "pipe", "inproc"), scheme_of);

TEST_P(ByteStreamOver, CarriesBytesBothWays)
{
    const Bytes question = bytes_of("what is it?");
    const Bytes answer = bytes_of("an echo");
    ASSERT_TRUE(write_all(*client_, question));
    EXPECT_EQ(read_exactly(*server_, question.size()), question);
    ASSERT_TRUE(write_all(*server_, answer));
    EXPECT_EQ(read_exactly(*client_, answer.size()), answer);
}

TEST_P(ByteStreamOver, TellsTheHostWhichUrlAcceptedIt)
{
    EXPECT_EQ(server_host_.last_local_url(), listener_->url());
}

TEST_P(ByteStreamOver, SaysThatThePeerIsLocal)
{
    EXPECT_TRUE(client_->peer().is_local);
    EXPECT_TRUE(server_->peer().is_local);
    EXPECT_FALSE(client_->peer().address.empty());
    EXPECT_FALSE(server_->peer().address.empty());
    const bool has_user = std::string(GetParam()) != "tcp";
    EXPECT_EQ(server_->peer().user_id, has_user ? std::optional(::geteuid()) : std::nullopt);
    EXPECT_EQ(client_->peer().group_id, has_user ? std::optional(::getegid()) : std::nullopt);
}

TEST_P(ByteStreamOver, LeavesItsDescriptorsBlockingAndClosedOnExec)
{
    for (const ByteStream* stream : {client_.get(), server_.get()}) {
        EXPECT_EQ(::fcntl(stream->descriptor(), F_GETFL) & O_NONBLOCK, 0);
        EXPECT_EQ(::fcntl(stream->descriptor(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
}

TEST_P(ByteStreamOver, NeverWaitsInReadSome)
{
    std::array<std::byte, 16> buffer;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(client_->read_some(buffer).status, Status::would_block);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(8 * 200));
}

TEST_P(ByteStreamOver, GivesUpAWaitThatBringsNothing)
{
    std::array<std::byte, 16> buffer;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(client_->read_some_wait(buffer).status, Status::would_block);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
}

TEST_P(ByteStreamOver, NeverWaitsInWriteSome)
{
    const Bytes chunk(1 << 20);
    const std::array<std::span<const std::byte>, 1> parts{chunk};
    IoResult result;
    std::size_t written = 0;
    do {
        result = client_->write_some(parts);
        written += result.bytes;
    } while (result.status == Status::done);
    EXPECT_EQ(result.status, Status::would_block);
    EXPECT_EQ(read_exactly(*server_, written).size(), written);
}

TEST_P(ByteStreamOver, GathersUpToSixtyFourBuffersAtOnce)
{
    const Bytes all = pattern(100, 7);
    std::vector<std::span<const std::byte>> parts;
    for (std::size_t i = 0; i < all.size(); ++i) {
        parts.push_back(std::span(all).subspan(i, 1));
    }
    const IoResult result = client_->write_some(parts);
    EXPECT_EQ(result.status, Status::done);
    EXPECT_EQ(result.bytes, 64U);
    EXPECT_EQ(read_exactly(*server_, 64), Bytes(all.begin(), all.begin() + 64));
}

TEST_P(ByteStreamOver, TakesEmptyBuffersForWhatTheyAre)
{
    EXPECT_EQ(client_->read_some({}).status, Status::done);
    EXPECT_EQ(client_->write_some({}).status, Status::done);
    const Bytes text = bytes_of("x");
    const std::array<std::span<const std::byte>, 3> parts{std::span<const std::byte>(), text,
                                                          std::span<const std::byte>()};
    EXPECT_EQ(client_->write_some(parts).bytes, 1U);
    EXPECT_EQ(read_exactly(*server_, 1), text);
}

TEST_P(ByteStreamOver, MovesMuchBothWaysAtOnce)
{
    constexpr std::size_t size = std::size_t{8} << 20U;
    const Bytes up = pattern(size, 1);
    const Bytes down = pattern(size, 2);
    auto client_writes = std::async(std::launch::async, [&] { return write_all(*client_, up); });
    auto server_writes = std::async(std::launch::async, [&] { return write_all(*server_, down); });
    auto client_reads = std::async(std::launch::async, [&] { return read_exactly(*client_, size); });
    EXPECT_TRUE(read_exactly(*server_, size) == up);
    EXPECT_TRUE(client_reads.get() == down);
    EXPECT_TRUE(client_writes.get());
    EXPECT_TRUE(server_writes.get());
}

TEST_P(ByteStreamOver, WakesAWaitingReaderWhenItIsShutDown)
{
    // A reader that is not woken sees the end too, but only after a tick; one that ticked before is tried again.
    for (int attempt = 0;; ++attempt) {
        std::latch reading(1);
        auto first = std::async(std::launch::async, [&] {
            std::array<std::byte, 16> buffer;
            reading.count_down();
            return client_->read_some_wait(buffer);
        });
        reading.wait();
        client_->shutdown();
        const Status status = first.get().status;
        if (status == Status::would_block && attempt < 10) {
            connect();
            continue;
        }
        EXPECT_EQ(status, Status::closed);
        break;
    }
}

TEST_P(ByteStreamOver, IsClosedForBothEndsAfterShutdown)
{
    ASSERT_TRUE(write_all(*server_, bytes_of("too late")));
    client_->shutdown();
    std::array<std::byte, 16> buffer;
    const std::array<std::span<const std::byte>, 1> parts{buffer};
    EXPECT_EQ(client_->read_some(buffer).status, Status::closed);
    EXPECT_EQ(client_->read_some_wait(buffer).status, Status::closed);
    EXPECT_EQ(client_->write_some(parts).status, Status::closed);
    EXPECT_GE(client_->descriptor(), 0);
    client_->shutdown();
    const Status seen = read_to_event(*server_).status;
    EXPECT_TRUE(seen == Status::closed || seen == Status::failed);
}

TEST_P(ByteStreamOver, ReadsWhatThePeerSentBeforeItClosed)
{
    ASSERT_TRUE(write_all(*client_, bytes_of("last words")));
    client_.reset();
    EXPECT_EQ(read_exactly(*server_, 100), bytes_of("last words"));
    EXPECT_EQ(read_to_event(*server_).status, Status::closed);
}

TEST_P(ByteStreamOver, FailsWithAnErrorWhenItWritesToAPeerThatIsGone)
{
    client_.reset();
    const Bytes chunk(1000);
    const std::array<std::span<const std::byte>, 1> parts{chunk};
    IoResult result;
    do {  // TCP learns it from the answer to the first segment
        result = server_->write_some(parts);
        if (result.status == Status::done) {
            pollfd waiting{.fd = server_->descriptor(), .events = 0, .revents = 0};
            ::poll(&waiting, 1, 10);
        }
    } while (result.status == Status::done);
    EXPECT_EQ(result.status, Status::failed);
    EXPECT_TRUE(result.error == EPIPE || result.error == ECONNRESET) << result.error;
}

TEST_P(ByteStreamOver, ServesManyConnectionsOfOneListener)
{
    std::vector<std::unique_ptr<ByteStream>> clients;
    std::vector<std::unique_ptr<ByteStream>> servers;
    for (std::size_t i = 0; i < 150; ++i) {  // more than one batch of accepts
        connect();
        ASSERT_TRUE(write_all(*client_, pattern(10, static_cast<std::uint32_t>(i))));
        clients.push_back(std::move(client_));
        servers.push_back(std::move(server_));
    }
    for (std::size_t i = 0; i < servers.size(); ++i) {
        EXPECT_EQ(read_exactly(*servers[i], 10), pattern(10, static_cast<std::uint32_t>(i)));
    }
}

TEST_P(ByteStreamOver, CannotBeMadeWhenTheListenerIsGone)
{
    const ObjectUrl url = ObjectUrl::parse(listener_->url());
    listener_.reset();
    const RemotingError error = error_of([&] { client_channel_->connect(url, client_host_, soon()); });
    EXPECT_EQ(error.code(), ErrorCode::connect_failed);
    EXPECT_EQ(error.executed(), Executed::no);
    EXPECT_EQ(error.address(), url.endpoint());
}

}  // namespace

}  // namespace remoting::test
