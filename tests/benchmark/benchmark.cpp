// SPDX-License-Identifier: BSL-1.0
#include "contestant.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

// Synchronous calls from one process to another on this machine, ours beside raw sockets, in turns, so that a noisy
// moment hits all of them. Figures are medians over the rounds; ratios within one run are what counts.

namespace bench {

namespace {

struct Settings {
    unsigned rounds = 7;
    unsigned calls = 20'000;
    bool one_core = false;
    bool json = false;
    bool quick = false;
    std::string only;
};

struct Row {
    std::string workload;
    std::string transport;
    std::string who;
    double p50 = 0;
    double p99 = 0;
    double raw_ratio = 0;
};

double at(const std::vector<double>& sorted, double share)
{
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * share))];
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return at(values, 0.5);
}

std::vector<double> run_round(const std::function<void()>& call, unsigned calls)
{
    using Clock = std::chrono::steady_clock;
    for (unsigned i = 0; i < std::min(calls / 10 + 1, 1000U); ++i) {
        call();
    }
    std::vector<double> times;
    times.reserve(calls);
    for (unsigned i = 0; i < calls; ++i) {
        const auto begin = Clock::now();
        call();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
    std::ranges::sort(times);
    return times;
}

std::vector<Row> run_workload(const std::string& workload, const std::string& transport,
                              const std::vector<Contestant*>& contestants, const Settings& settings)
{
    const unsigned calls = std::max(1U, payload_size(workload) > 100'000  ? settings.calls / 20
                                        : payload_size(workload) > 10'000 ? settings.calls / 4
                                                                          : settings.calls);
    std::vector<std::function<void()>> sessions;
    for (Contestant* const contestant : contestants) {
        sessions.push_back(contestant->open(workload));
    }
    std::vector<std::vector<double>> p50(contestants.size());
    std::vector<std::vector<double>> p99(contestants.size());
    for (unsigned round = 0; round < settings.rounds; ++round) {
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            const auto times = run_round(sessions[i], calls);
            p50[i].push_back(at(times, 0.5));
            p99[i].push_back(at(times, 0.99));
        }
    }
    std::vector<Row> rows;
    for (std::size_t i = 0; i < contestants.size(); ++i) {
        rows.push_back({workload, transport, contestants[i]->name(), median(p50[i]), median(p99[i]), 0});
    }
    for (Row& row : rows) {
        row.raw_ratio = row.p50 / rows.front().p50;  // the raw one, blocking, is first
    }
    return rows;
}

void print(const std::vector<Row>& rows, const Settings& settings)
{
    const char* const placement = settings.one_core ? "one core" : "free";
    if (settings.json) {
        fmt::print("{{\"rows\": [");
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const Row& row = rows[i];
            fmt::print("{}{{\"workload\": \"{}\", \"transport\": \"{}\", \"placement\": \"{}\", \"who\": \"{}\", "
                       "\"value\": {:.2f}, \"p99\": {:.2f}, \"unit\": \"us\", \"raw_ratio\": {:.3f}}}",
                       i == 0 ? "" : ", ", row.workload, row.transport, placement, row.who, row.p50, row.p99,
                       row.raw_ratio);
        }
        fmt::print("]}}\n");
        return;
    }
    fmt::print("\n{:<12} {:<6} {:<20} {:>10} {:>10} {:>8}   placement: {}\n", "workload", "over", "who", "p50 us",
               "p99 us", "x raw", placement);
    for (const Row& row : rows) {
        fmt::print("{:<12} {:<6} {:<20} {:>10.2f} {:>10.2f} {:>8.2f}\n", row.workload, row.transport, row.who, row.p50,
                   row.p99, row.raw_ratio);
    }
    fmt::print("\nW1 int32 Add(int32, int32); W2 echo of a struct of about 60 fields; W5 echo of bytes.\n"
               "Medians of {} rounds in turns, {} calls each (fewer for W5). Below 1: faster than raw blocking sockets.\n",
               settings.rounds, settings.calls);
}

void use_one_core()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) {
        throw std::runtime_error("cannot stay on one core");
    }
}

int run(const Settings& settings)
{
    if (settings.one_core) {
        use_one_core();
    }
    struct Field {
        const char* transport;
        std::vector<std::unique_ptr<Contestant>> contestants;
    };
    std::vector<Field> fields;
    for (const Transport transport : {Transport::tcp, Transport::pipe}) {
        Field field{transport == Transport::tcp ? "tcp" : "pipe", {}};
        field.contestants.push_back(make_raw(transport, Waiting::blocking));
        field.contestants.push_back(make_raw(transport, Waiting::adaptive));
        field.contestants.push_back(make_remoting(transport, Waiting::adaptive));
        field.contestants.push_back(make_remoting(transport, Waiting::blocking));
        fields.push_back(std::move(field));
    }
    std::vector<Row> rows;
    for (const char* const workload : {"W1", "W2", "W5 64 KiB", "W5 1 MiB"}) {
        if (!std::string_view(workload).starts_with(settings.only)) {
            continue;
        }
        for (const Field& field : fields) {
            std::vector<Contestant*> contestants;
            for (const auto& contestant : field.contestants) {
                contestants.push_back(contestant.get());
            }
            for (Row& row : run_workload(workload, field.transport, contestants, settings)) {
                rows.push_back(std::move(row));
            }
            if (!settings.json) {
                fmt::print(stderr, "{} over {} done\n", workload, field.transport);
            }
        }
    }
    print(rows, settings);
    return 0;
}

}  // namespace

ServerProcess::ServerProcess(const std::function<void(int)>& serve)
{
    int ready[2];
    if (::pipe(ready) != 0) {
        throw std::runtime_error("pipe failed");
    }
    const int parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::close(ready[0]);
        try {
            serve(ready[1]);
        } catch (const std::exception& error) {
            fmt::print(stderr, "server: {}\n", error.what());
        }
        std::_Exit(::getppid() == parent ? 0 : 1);
    }
    ::close(ready[1]);
    char c = 0;
    while (::read(ready[0], &c, 1) == 1 && c != '\n') {
        address_ += c;
    }
    ::close(ready[0]);
    if (address_.empty()) {
        throw std::runtime_error("a server process did not start");
    }
}

ServerProcess::~ServerProcess()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
}

std::size_t payload_size(const std::string& workload)
{
    return workload == "W5 64 KiB" ? 64 * 1024 : workload == "W5 1 MiB" ? 1024 * 1024 : 0;
}

}  // namespace bench

int main(int argc, char** argv)
{
    bench::Settings settings;
    CLI::App app("Latency of synchronous calls, beside raw blocking sockets");
    app.add_option("--rounds", settings.rounds, "rounds of each contestant")->check(CLI::Range(1, 1000));
    app.add_option("--calls", settings.calls, "calls in a round")->check(CLI::Range(1, 10'000'000));
    app.add_flag("--one-core", settings.one_core, "both processes on one core");
    app.add_flag("--quick", settings.quick, "5 rounds of 5,000 calls: some seconds");
    app.add_option("--only", settings.only, "workloads whose names begin so: W1, W2, W5, 'W5 1'");
    app.add_flag("--json", settings.json, "print JSON");
    CLI11_PARSE(app, argc, argv);
    if (settings.quick) {
        settings.rounds = 5;
        settings.calls = 5'000;
    }
    try {
        return bench::run(settings);
    } catch (const std::exception& error) {
        fmt::print(stderr, "benchmark: {}\n", error.what());
        return 1;
    }
}
