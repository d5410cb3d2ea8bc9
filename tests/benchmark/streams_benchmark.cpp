// SPDX-License-Identifier: BSL-1.0
//
// Streams between two processes: how fast, and in how much memory. Fails when either process needs more memory for a
// long stream than a few windows. streams_benchmark [GIB]: so much in each direction, 4 unless said.

#include "streams.remoting.hpp"

#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <string>

namespace {

constexpr std::size_t piece_size = std::size_t{64} * 1024;
constexpr long most_growth_kb = 24L * 1024;  // windows, batches, buffers and what malloc keeps

remoting::Stream<remoting::Bytes> flow(std::int64_t size)
{
    return remoting::Stream<remoting::Bytes>([size](auto& out) {
        for (std::int64_t left = size; left > 0; left -= static_cast<std::int64_t>(piece_size)) {
            out.write(remoting::Bytes(piece_size, std::byte{1}));
        }
    });
}

std::int64_t size_of(remoting::Stream<remoting::Bytes> data)
{
    std::int64_t size = 0;
    for (const remoting::Bytes& piece : data) {
        size += static_cast<std::int64_t>(piece.size());
    }
    return size;
}

class FlowServant final : public bench::Flow {
public:
    remoting::Stream<remoting::Bytes> Download(std::int64_t size) override { return flow(size); }
    std::int64_t Upload(remoting::Stream<remoting::Bytes> data) override { return size_of(std::move(data)); }
    remoting::Stream<std::int32_t> Count(std::int32_t count) override
    {
        return remoting::Stream<std::int32_t>([count](auto& out) {
            for (std::int32_t i = 0; i < count; ++i) {
                out.write(i);
            }
        });
    }
};

/// Serves in another process, which ends with this one.
pid_t start_server(std::string& url)
{
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) {
        std::perror("pipe");
        std::exit(1);
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        remoting::Server server;
        server.publish<bench::Flow>("flow", std::make_shared<FlowServant>());
        const std::string listening = server.listen("tcp://127.0.0.1:0") + "/flow\n";
        if (::write(pipe[1], listening.data(), listening.size()) < 0) {
            ::_exit(1);
        }
        server.run();
    }
    char c = 0;
    while (::read(pipe[0], &c, 1) == 1 && c != '\n') {
        url += c;
    }
    return pid;
}

/// What a process had in memory at most, in KiB.
long peak_of(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::atol(line.c_str() + 6);
        }
    }
    return 0;
}

template <class F>
void measure(const char* what, double amount, const char* unit, F f)
{
    const auto start = std::chrono::steady_clock::now();
    f();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%-10s %10.1f %s in %6.2f s: %8.1f %s/s\n", what, amount, unit, seconds, amount / seconds, unit);
}

bool run(double gib, bench::Flow& object, pid_t server)
{
    const auto size = static_cast<std::int64_t>(gib * 1024 * 1024 * 1024) / static_cast<std::int64_t>(piece_size) *
                      static_cast<std::int64_t>(piece_size);
    const double mib = static_cast<double>(size) / (1024 * 1024);
    constexpr std::int64_t first = 8 * 1024 * 1024;  // until everything has the size that it keeps
    bool is_complete = size_of(object.Download(first)) == first && object.Upload(flow(first)) == first;
    const long here = peak_of(::getpid());
    const long there = peak_of(server);
    measure("download", mib, "MiB", [&] { is_complete = is_complete && size_of(object.Download(size)) == size; });
    measure("upload", mib, "MiB", [&] { is_complete = is_complete && object.Upload(flow(size)) == size; });
    const long growth = std::max(peak_of(::getpid()) - here, peak_of(server) - there);
    std::printf("memory grew by %ld KiB\n", growth);
    const auto count = static_cast<std::int32_t>(std::clamp(gib, 0.001, 1.0) * 4'000'000);
    measure("int32", count / 1000.0, "k", [&] {
        std::int32_t expected = 0;
        for (const std::int32_t number : object.Count(count)) {
            is_complete = is_complete && number == expected++;
        }
        is_complete = is_complete && expected == count;
    });
    return is_complete && growth < most_growth_kb;
}

}  // namespace

int main(int argc, char** argv)
{
    std::string url;
    const pid_t server = start_server(url);
    bool is_good = false;
    try {
        remoting::Client client;
        is_good = run(argc > 1 ? std::atof(argv[1]) : 4.0, *client.get_object<bench::Flow>(url), server);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "streams_benchmark: %s\n", error.what());
    }
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    return is_good ? 0 : 1;
}
