// SPDX-License-Identifier: BSL-1.0
#include "../channels/child_process.hpp"
#include "../channels/raw_pipe.hpp"
#include "errors.hpp"
#include "lines.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <remoting/channels/mailslot.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

std::string text(const std::optional<MailslotMessage>& message)
{
    return message ? std::string(message->content.as_string_view()) : "(none)";
}

/// Writers of a slot that another process owns.
struct SlotWriters : testing::Test {
    TemporaryDirectory temporary;
    Lines lines;

    MailslotOptions options()
    {
        MailslotOptions options;
        options.directory = temporary.path();
        options.message_limit = std::size_t{8} * 1024 * 1024;
        options.log = lines.log();
        return options;
    }
    using Reader = std::function<int(Mailslot&)>;
    std::unique_ptr<ChildProcess> owner(const Reader& read)
    {
        auto child = std::make_unique<ChildProcess>([this, read](const ChildProcess::Line& line) {
            Mailslot slot("letters", options());
            line.tell();
            return read(slot);
        });
        EXPECT_TRUE(child->line().hear());
        return child;
    }
};

TEST_F(SlotWriters, AreEachBoundByTheirOwnDeadline)
{
    const auto child = owner([](Mailslot& slot) {
        int count = 0;
        while (text(slot.read(patience)) != "end") {
            ++count;
        }
        return count;
    });
    MailslotWriter writer("letters", patience, options());
    child->stop();
    const std::string large(60'000, 'x');
    int written = 0;
    const auto fill = [&] {
        for (;; ++written) {
            writer.write(large, 0s);
        }
    };
    expect_error(ErrorCode::deadline_exceeded, Executed::no, fill);
    auto stalled = std::async(std::launch::async, [&] { writer.write(large, patience); });
    const Stopwatch watch;
    expect_error(ErrorCode::deadline_exceeded, Executed::no, [&] { writer.write("x", 50ms); });
    EXPECT_LT(watch.elapsed(), patience / 4);
    child->go_on();
    EXPECT_NO_THROW(stalled.get());
    writer.write("end", patience);
    EXPECT_EQ(child->wait(), written + 1);
}

TEST_F(SlotWriters, GoOnAfterAMessageOfAnotherThatWasCut)
{
    const auto child = owner([](Mailslot& slot) { return text(slot.read(patience)) == "after" ? 0 : 1; });
    MailslotWriter writer("letters", patience, options());
    child->stop();
    expect_error(ErrorCode::deadline_exceeded, Executed::no, [&] { writer.write(std::string(4'000'000, 'x'), 50ms); });
    expect_error(ErrorCode::deadline_exceeded, Executed::no, [&] { writer.write("too soon", 1ms); });
    child->go_on();
    writer.write("after", patience);
    EXPECT_EQ(child->wait(), 0);
}

TEST_F(SlotWriters, AreLetInWhateverOthersKeepOpen)
{
    ChildProcess child([this](const ChildProcess::Line& line) {
        const rlimit few{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &few);
        Mailslot slot("letters", options());
        line.tell();
        for (const char* expected : {"one", "two", "three"}) {
            if (text(slot.read(patience)) != expected) {
                return 1;
            }
        }
        return 0;
    });
    ASSERT_TRUE(child.line().hear());
    MailslotWriter early("letters", patience, options());
    early.write("one", patience);
    std::vector<RawSocket> idle;
    for (int i = 0; i < 200; ++i) {
        idle.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(raw_connect(idle.back(), temporary / "mailslot:letters"), 0);
    }
    MailslotWriter("letters", patience, options()).write("two", patience);
    early.write("three", patience);
    EXPECT_EQ(child.wait(), 0);
}

TEST_F(SlotWriters, OfTwentyProcessesAreAllCountedByASlowReader)
{
    constexpr int writers = 20;
    constexpr int each = 500;
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (int i = 0; i < writers; ++i) {
        children.push_back(std::make_unique<ChildProcess>([this, i](const ChildProcess::Line& line) {
            line.hear();
            MailslotWriter writer("letters", patience, options());
            for (int k = 0; k < each; ++k) {
                writer.write(std::to_string(i) + " " + std::to_string(k), patience);
            }
            return 0;
        }));
    }
    MailslotOptions small = options();
    small.queue_messages = 1000;
    Mailslot slot("letters", small);
    std::vector<int> last(writers, -1);
    int read = 0;
    const auto read_one = [&] {
        const std::string message = text(slot.read(patience));
        const int number = std::stoi(message.substr(message.find(' ')));
        int& before = last.at(static_cast<std::size_t>(std::stoi(message)));
        EXPECT_GT(number, before) << "out of order, or twice";
        before = number;
        ++read;
    };
    for (const auto& child : children) {
        child->line().tell();
    }
    for (const auto& child : children) {  // it reads one message while a writer writes 500
        read_one();
        EXPECT_EQ(child->wait(), 0);
    }
    const auto is_all_there = [&] {
        const MailslotInfo info = slot.info();
        return static_cast<std::uint64_t>(read) + info.waiting + info.dropped == std::uint64_t{writers} * each;
    };
    EXPECT_TRUE(eventually(is_all_there)) << slot.info().dropped;
    EXPECT_GT(slot.info().dropped, 0U);
    while (slot.info().waiting != 0) {
        read_one();
    }
    EXPECT_TRUE(is_all_there());
}

}  // namespace

}  // namespace remoting::test
