// SPDX-License-Identifier: BSL-1.0
#include "counts.remoting.hpp"

#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

// Counts what one steady synchronous call costs: allocations, context switches, bytes. Waiting is not adaptive, so
// that each side sleeps exactly once for each message. The server is a process of its own where that matters.

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

// Kept out of line: g++ 12 otherwise sees malloc here and delete there, and warns.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept
{
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace {

using counts::Adder;

class AdderServant final : public Adder {
public:
    std::int32_t Add(std::int32_t a, std::int32_t b) override { return a + b; }
};

remoting::ServerOptions server_options()
{
    remoting::ServerOptions options;
    options.adaptive_waiting = false;
    return options;
}

remoting::ClientOptions client_options()
{
    remoting::ClientOptions options;
    options.adaptive_waiting = false;
    return options;
}

std::string address(std::string_view channel)
{
    return channel == "tcp" ? "tcp://127.0.0.1:0" : "pipe://counts-" + std::to_string(::getpid());
}

/// A server in a child; killed and waited for at the end.
class ServerProcess {
public:
    explicit ServerProcess(std::string_view channel)
    {
        int ready[2];
        if (::pipe(ready) != 0) {
            throw std::runtime_error("pipe failed");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            remoting::Server server(server_options());
            server.publish<Adder>("adder", std::make_shared<AdderServant>());
            const std::string url = server.listen(address(channel)) + "\n";
            if (::write(ready[1], url.data(), url.size()) > 0) {
                server.stop_on_signals();
                server.run();
            }
            std::_Exit(0);
        }
        ::close(ready[1]);
        for (char c = 0; ::read(ready[0], &c, 1) == 1 && c != '\n';) {
            url_ += c;
        }
        ::close(ready[0]);
    }
    ~ServerProcess()
    {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    const std::string& url() const noexcept { return url_; }

private:
    int pid_ = -1;
    std::string url_;
};

void call(Adder& adder, int times)
{
    for (int i = 0; i < times; ++i) {
        if (adder.Add(i, 1) != i + 1) {
            throw std::runtime_error("Add is wrong");
        }
    }
}

int verdict(const char* what, double each, double limit)
{
    std::printf("%.4f %s a call, at most %.2f\n", each, what, limit);
    return each <= limit ? 0 : 1;
}

/// Client and server in this process, so that both sides' allocations are seen.
int count_allocations(std::string_view channel)
{
    remoting::Server server(server_options());
    server.publish<Adder>("adder", std::make_shared<AdderServant>());
    const std::string url = server.listen(address(channel));
    remoting::Client client(client_options());
    const auto adder = client.get_object<Adder>(url + "/adder");
    call(*adder, 2'000);
    constexpr int calls = 20'000;
    const std::uint64_t before = allocations.load();
    call(*adder, calls);
    // The housekeeping thread's tick allocates now and then; a call does not.
    return verdict("allocations", static_cast<double>(allocations.load() - before) / calls, 0.2);
}

std::uint64_t switches_of_thread()
{
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

std::uint64_t switches_of_process()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

/// The calling thread sleeps once for each call, and no other thread of the process wakes for it.
int count_switches(std::string_view channel)
{
    const ServerProcess server(channel);
    remoting::Client client(client_options());
    const auto adder = client.get_object<Adder>(server.url() + "/adder");
    call(*adder, 2'000);
    constexpr int calls = 20'000;
    const std::uint64_t thread_before = switches_of_thread();
    const std::uint64_t process_before = switches_of_process();
    call(*adder, calls);
    const auto own = static_cast<double>(switches_of_thread() - thread_before) / calls;
    const auto all = static_cast<double>(switches_of_process() - process_before) / calls;
    return verdict("switches of the calling thread", own, 1.1) | verdict("switches of other threads", all - own, 0.4);
}

/// Of W1: a header of 16 bytes, 12 of aliases and deadline, 8 of arguments; and a header with 4 of result.
class ByteCounter final : public remoting::ByteStream {
public:
    ByteCounter(std::unique_ptr<ByteStream> next, std::atomic<std::uint64_t>& sent, std::atomic<std::uint64_t>& received)
        : next_(std::move(next)), sent_(sent), received_(received)
    {
    }
    remoting::IoResult read_some(std::span<std::byte> buffer) override { return count(next_->read_some(buffer), received_); }
    remoting::IoResult read_some_wait(std::span<std::byte> buffer) override
    {
        return count(next_->read_some_wait(buffer), received_);
    }
    remoting::IoResult write_some(std::span<const std::span<const std::byte>> buffers) override
    {
        return count(next_->write_some(buffers), sent_);
    }
    int descriptor() const noexcept override { return next_->descriptor(); }
    void shutdown() noexcept override { next_->shutdown(); }
    const remoting::PeerIdentity& peer() const noexcept override { return next_->peer(); }

private:
    static remoting::IoResult count(remoting::IoResult result, std::atomic<std::uint64_t>& sum)
    {
        sum += result.status == remoting::IoResult::Status::done ? result.bytes : 0;
        return result;
    }

    std::unique_ptr<ByteStream> next_;
    std::atomic<std::uint64_t>& sent_;
    std::atomic<std::uint64_t>& received_;
};

/// Puts a ByteCounter around every stream another channel opens.
class CountingChannel final : public remoting::ClientChannel {
public:
    explicit CountingChannel(std::string scheme) : scheme_(std::move(scheme)) {}

    std::shared_ptr<remoting::Connection> connect(const remoting::ObjectUrl& url, remoting::ChannelHost& host,
                                                  remoting::TimePoint deadline) override
    {
        Host wrapped(host, *this);
        return registry_.client(scheme_).connect(url, wrapped, deadline);
    }

    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> received{0};

private:
    class Host final : public remoting::ChannelHost {
    public:
        Host(remoting::ChannelHost& next, CountingChannel& channel) : next_(next), channel_(channel) {}
        boost::asio::io_context& io_context() override { return next_.io_context(); }
        std::shared_ptr<remoting::Connection> open(std::unique_ptr<remoting::ByteStream> stream,
                                                   const remoting::ObjectUrl& url,
                                                   remoting::TimePoint deadline) override
        {
            return next_.open(std::make_unique<ByteCounter>(std::move(stream), channel_.sent, channel_.received), url,
                              deadline);
        }
        void accept(std::unique_ptr<remoting::ByteStream> stream, const std::string& local_url) noexcept override
        {
            next_.accept(std::move(stream), local_url);
        }
        const remoting::Limits& limits() const noexcept override { return next_.limits(); }
        const remoting::Clock& clock() const noexcept override { return next_.clock(); }

    private:
        remoting::ChannelHost& next_;
        CountingChannel& channel_;
    };

    remoting::ChannelRegistry registry_ = remoting::default_channels();
    std::string scheme_;
};

int count_bytes(std::string_view channel)
{
    const ServerProcess server(channel);
    const std::string scheme(channel == "tcp" ? "tcp" : "pipe");
    const auto counting = std::make_shared<CountingChannel>(scheme);
    auto options = client_options();
    options.channels.add(scheme, counting, nullptr);
    remoting::Client client(std::move(options));
    const auto adder = client.get_object<Adder>(server.url() + "/adder");
    call(*adder, 10);
    const std::uint64_t sent = counting->sent.load();
    const std::uint64_t received = counting->received.load();
    constexpr int calls = 1'000;
    call(*adder, calls);
    return verdict("bytes out", static_cast<double>(counting->sent.load() - sent) / calls, 36) |
           verdict("bytes in", static_cast<double>(counting->received.load() - received) / calls, 20);
}

int run(std::string_view channel, int calls)
{
    const ServerProcess server(channel);
    remoting::Client client(client_options());
    call(*client.get_object<Adder>(server.url() + "/adder"), calls);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string_view what = argc > 2 ? argv[1] : "";
    const std::string_view channel = argc > 2 ? argv[2] : "";
    try {
        if (what == "allocations") {
            return count_allocations(channel);
        }
        if (what == "switches") {
            return count_switches(channel);
        }
        if (what == "bytes") {
            return count_bytes(channel);
        }
        if (what == "run" && argc == 4) {
            return run(channel, std::atoi(argv[3]));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    std::fputs("usage: remoting_counts_probe allocations|switches|bytes tcp|pipe\n"
               "       remoting_counts_probe run tcp|pipe CALLS\n",
               stderr);
    return 2;
}
