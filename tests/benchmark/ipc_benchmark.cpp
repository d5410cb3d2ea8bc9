// SPDX-License-Identifier: BSL-1.0
//
// The local mechanisms side by side, between two processes: one round trip of 64 bytes, and how much goes one way.
// ipc_benchmark [objects | pipe | memory | mailslot | durable | --brief]; databases are in $TMPDIR.

#include "ipc.remoting.hpp"

#include <remoting/channels/mailslot_channel.hpp>
#include <remoting/channels/named_event.hpp>
#include <remoting/channels/named_pipe.hpp>
#include <remoting/channels/shared_memory.hpp>
#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using remoting::infinite;

constexpr std::size_t small_size = 64;
constexpr std::size_t large_size = std::size_t{8} * 1024 * 1024;
int round_trips = 20'000;
int messages = 1'000'000;

/// Another process, which is killed when this goes.
class Other {
public:
    explicit Other(const std::function<void()>& run)
    {
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            try {
                run();
            } catch (const std::exception& error) {
                std::fprintf(stderr, "the other process: %s\n", error.what());
            }
            ::_exit(0);
        }
    }
    ~Other()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Other(const Other&) = delete;
    Other& operator=(const Other&) = delete;
    void wait() const
    {
        siginfo_t ended{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT);
    }

private:
    pid_t pid_;
};

double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Median and 99th percentile in microseconds of `count` calls.
void print_latency(const char* what, const std::function<void()>& round_trip)
{
    std::vector<double> times;
    for (int i = -round_trips / 10; i < round_trips; ++i) {
        const auto start = Clock::now();
        round_trip();
        if (i >= 0) {
            times.push_back(seconds_since(start) * 1e6);
        }
    }
    std::ranges::sort(times);
    std::printf("%-64s %9.1f us median %9.1f us p99\n", what, times[times.size() / 2], times[times.size() * 99 / 100]);
    std::fflush(stdout);
}

void print_rate(const char* what, double count, double seconds, const char* unit)
{
    std::printf("%-64s %9.0f %s\n", what, count / seconds, unit);
    std::fflush(stdout);
}

template <class F>
auto until_it_is_there(F&& attempt)
{
    for (;;) {
        try {
            return attempt();
        } catch (const remoting::RemotingError&) {
            std::this_thread::yield();
        }
    }
}

std::string unique(const char* name)
{
    static const std::string id = std::to_string(::getpid());  // of the process that asked first
    return std::string(name) + "-" + id;
}

void measure_objects()
{
    class Servant final : public ipc::Echo {
        std::string Say(const std::string& text) override { return text; }
    };
    const std::string url = "pipe://" + unique("bench-objects");
    const Other server([&] {
        remoting::Server serving;
        serving.register_singleton<ipc::Echo, Servant>("echo");
        serving.listen(url);
        serving.run();
    });
    remoting::Client client;
    const auto echo = client.get_object<ipc::Echo>(url + "/echo");
    const std::string text(small_size, 'x');
    until_it_is_there([&] { return echo->Say(text); });
    print_latency("remoting, pipe://: a call and its answer", [&] { echo->Say(text); });
}

void measure_named_pipe()
{
    const std::string name = unique("bench-pipe");
    remoting::NamedPipeOptions options;
    options.message_limit = large_size;
    const Other server([&] {
        remoting::NamedPipeServer serving(name, options);
        auto pipe = serving.accept(infinite);
        for (int i = 0; i < round_trips + round_trips / 10; ++i) {
            pipe.write(*pipe.read(infinite), infinite);
        }
        while (const auto message = pipe.read(infinite)) {
            if (message->empty()) {
                pipe.write("", infinite);
            }
        }
    });
    auto pipe = until_it_is_there([&] { return remoting::NamedPipe::connect(name, std::chrono::seconds(5), options); });
    const std::string message(small_size, 'x');
    print_latency("NamedPipe: a message and its answer",
                  [&] { pipe.transact(std::as_bytes(std::span(message)), infinite); });
    const auto flow = [&](const char* what, const std::string& content, int count, double amount, const char* unit) {
        const auto start = Clock::now();
        for (int i = 0; i < count; ++i) {
            pipe.write(content, infinite);
        }
        pipe.transact({}, infinite);
        print_rate(what, count * amount, seconds_since(start), unit);
    };
    flow("NamedPipe: messages of 64 bytes, one way", message, messages, 1, "messages/s");
    flow("NamedPipe: messages of 8 MiB, one way", std::string(large_size, 'x'), 100, 8, "MiB/s");
}

void measure_shared_memory()
{
    const std::string name = unique("bench-memory");
    auto memory = remoting::SharedMemory::create(name, 2 * large_size);
    remoting::NamedEvent asked(name + ".asked");
    remoting::NamedEvent answered(name + ".answered");
    const Other other([&] {
        auto view = remoting::SharedMemory::open(name, remoting::View::read_write);
        for (std::uint32_t seen = 0;;) {
            seen = asked.wait(seen, infinite).value_or(seen);
            std::memcpy(view.writable_bytes().data() + large_size, view.bytes().data(), small_size);
            answered.signal();
        }
    });
    std::uint32_t seen = 0;
    print_latency("SharedMemory: 64 bytes, an event there and one back", [&] {
        std::memset(memory.writable_bytes().data(), 1, small_size);
        asked.signal();
        seen = answered.wait(seen, infinite).value_or(seen);
    });
    std::vector<std::byte> frame(large_size);
    const auto start = Clock::now();
    for (int i = 0; i < 100; ++i) {
        std::memcpy(frame.data(), memory.bytes().data(), large_size);
    }
    print_rate("SharedMemory: copying frames of 8 MiB out", 100 * 8, seconds_since(start), "MiB/s");
}

remoting::MailslotOptions slot_options(const std::string& storage)
{
    remoting::MailslotOptions options;
    options.storage = storage;
    options.queue_messages = 4'000'000;
    options.queue_bytes = std::size_t{1} << 30U;
    return options;
}

/// A message into the slot of another process, which leaves the answer in ours.
void measure_mailslot_latency(const char* what, const std::string& storage, const std::string& query)
{
    const auto options = slot_options(storage);
    const std::string there = "mailslot://./" + unique("bench-there") + query;
    const std::string back = "mailslot://./" + unique("bench-back") + query;
    remoting::Mailslot answers(back, options);
    const Other other([&] {
        remoting::Mailslot slot(there, options);
        remoting::MailslotWriter writer(back, infinite, options);
        while (const auto message = slot.read(infinite)) {
            writer.write(message->content, infinite);
        }
    });
    const auto writer =
        until_it_is_there([&] { return std::make_unique<remoting::MailslotWriter>(there, infinite, options); });
    const std::string text(small_size, 'x');
    print_latency(what, [&] {
        writer->write(text, infinite);
        answers.read(infinite);
    });
}

/// Raw messages that are read, and calls that are made, from one writer in another process.
void measure_mailslot()
{
    const int count = messages;
    const std::string name = unique("bench-slot");
    for (const bool calls : {false, true}) {
        remoting::NamedEvent ready(name);
        const std::uint32_t before = ready.count();
        const Other writer([&, before] {
            remoting::NamedEvent began(name);
            began.wait(before, infinite);
            const std::string text(small_size, 'x');
            if (!calls) {
                remoting::MailslotWriter slot(name, infinite);
                const auto start = Clock::now();
                for (int i = 0; i < count; ++i) {
                    slot.write(text, infinite);
                }
                print_rate("Mailslot: raw messages of 64 bytes, as written", count, seconds_since(start), "messages/s");
                return;
            }
            remoting::ClientOptions options;
            const auto mailslots = std::make_shared<remoting::MailslotChannel>();
            options.channels.add("mailslot", mailslots, mailslots);
            remoting::Client client(options);
            const auto board = client.get_object<ipc::Board>("mailslot://./" + name);
            const auto start = Clock::now();
            for (int i = 0; i < count; ++i) {
                board->Leave(text);
            }
            print_rate("Mailslot: calls with 64 bytes, as made through the proxy", count, seconds_since(start),
                       "messages/s");
        });
        remoting::Mailslot slot(name, slot_options({}));
        class Servant final : public ipc::Board {
            void Leave(const std::string&) override {}
        };
        slot.publish<ipc::Board>(std::make_shared<Servant>());
        ready.signal();
        int received = 0;
        const auto start = Clock::now();
        while (received < count &&
               (calls ? slot.dispatch_next(std::chrono::seconds(5)) : slot.read(std::chrono::seconds(5)).has_value())) {
            ++received;
        }
        const double took = seconds_since(start);
        writer.wait();
        print_rate(
            calls ? "Mailslot: the same, until the servant had them all" : "Mailslot: the same, until all were read",
            received, took, "messages/s");
        if (slot.info().dropped != 0) {
            std::printf("%llu were dropped\n", static_cast<unsigned long long>(slot.info().dropped));
        }
    }
}

constexpr int writers = 64;

void print_durable_writes(const char* what, const std::string& slot, const remoting::MailslotOptions& options,
                          bool in_processes, int threads, int each)
{
    const std::string text(small_size, 'x');
    const auto start = Clock::now();
    if (in_processes) {
        std::vector<std::unique_ptr<Other>> processes;
        for (int i = 0; i < threads; ++i) {
            processes.push_back(std::make_unique<Other>([&] {
                remoting::MailslotWriter own(slot, infinite, options);
                for (int k = 0; k < each; ++k) {
                    own.write(text, infinite);
                }
            }));
        }
        for (const auto& process : processes) {
            process->wait();
        }
    } else {
        remoting::MailslotWriter shared(slot, infinite, options);
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&] {
                for (int k = 0; k < each; ++k) {
                    shared.write(text, infinite);
                }
            });
        }
    }
    print_rate(what, threads * each, seconds_since(start), "messages/s");
}

void measure_durable(const std::string& storage, int scale)
{
    const auto options = slot_options(storage);
    const std::string name = "mailslot://./" + unique("bench-durable") + "?durable";
    print_durable_writes("Mailslot, durable: one writer", name, options, false, 1, 5 * scale);
    print_durable_writes("Mailslot, durable: 64 writers, processes", name, options, true, writers, scale / 4);
    print_durable_writes("Mailslot, durable: 64 writers, threads of a process", name, options, false, writers,
                         10 * scale);
    remoting::Mailslot slot(name, options);
    int count = 0;
    const auto start = Clock::now();
    while (count < 100 * scale && slot.read(remoting::Duration::zero())) {
        ++count;
    }
    print_rate("Mailslot, durable: read, each removed before the next", count, seconds_since(start), "messages/s");
    slot.purge();
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string what = argc > 1 ? argv[1] : "all";
    const bool is_brief = what == "--brief";
    const bool all = what == "all" || is_brief;
    const int scale = is_brief ? 20 : 200;
    round_trips = is_brief ? 50 : 20'000;
    messages = is_brief ? 1000 : 1'000'000;
    std::string storage = (std::filesystem::temp_directory_path() / "remoting-bench-XXXXXX").string();
    if (::mkdtemp(storage.data()) == nullptr) {
        return 1;
    }
    try {
        if (all || what == "objects") {
            measure_objects();
        }
        if (all || what == "pipe") {
            measure_named_pipe();
        }
        if (all || what == "memory") {
            measure_shared_memory();
        }
        if (all || what == "mailslot") {
            measure_mailslot_latency("Mailslot: a message and one back into another slot", storage, "");
            measure_mailslot();
        }
        if (all || what == "durable") {
            round_trips = std::min(round_trips, 1000);  // each is two syncs
            measure_mailslot_latency("Mailslot, durable: the same", storage, "?durable");
            measure_durable(storage, scale);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    std::filesystem::remove_all(storage);
    return 0;
}
