// SPDX-License-Identifier: BSL-1.0
//
// camera_reader NAME FRAMES
// Takes a copy of each frame that camera_producer announces and checks it.

#include "frame_ring.hpp"

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/shared_memory.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

struct Statistics {
    std::uint64_t whole = 0;
    std::uint64_t missed = 0;
    std::uint64_t torn = 0;
    std::vector<std::int64_t> latencies;  ///< nanoseconds from the start of a frame until it was copied
};

void take_frame(const remoting::SharedMemory& memory, std::uint64_t number, std::vector<std::byte>& copy,
                Statistics& statistics)
{
    const auto frame = camera::read_frame(memory.bytes(), number, copy);
    if (!frame) {
        ++statistics.missed;
        return;
    }
    ++(camera::checksum_of(copy) == frame->checksum ? statistics.whole : statistics.torn);
    statistics.latencies.push_back(std::chrono::steady_clock::now().time_since_epoch().count() - frame->captured);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: camera_reader NAME FRAMES\n";
        return 2;
    }
    try {
        const std::string name = argv[1];
        const auto frames = static_cast<std::uint32_t>(std::stoul(argv[2]));
        const auto memory = remoting::SharedMemory::open(name, remoting::View::read_only);
        const remoting::NamedEvent announced(name);
        std::vector<std::byte> copy(camera::frame_size);
        Statistics statistics;
        std::uint32_t seen = announced.count();
        remoting::NamedEvent(name + ".readers").signal();
        std::cout << "reading " << name << std::endl;
        while (seen <= frames) {
            const auto now = announced.wait(seen, std::chrono::seconds(10));
            if (!now) {
                std::cout << "the producer fell silent after frame " << seen << std::endl;
                return 1;
            }
            statistics.missed += *now - seen - 1;
            seen = *now;
            if (seen <= frames) {
                take_frame(memory, seen, copy, statistics);
            }
        }
        std::ranges::sort(statistics.latencies);
        const auto half = statistics.latencies.empty() ? 0 : statistics.latencies[statistics.latencies.size() / 2];
        std::cout << "whole " << statistics.whole << ", missed " << statistics.missed << ", torn " << statistics.torn
                  << ", median " << half / 1000 << " us" << std::endl;
        return statistics.torn == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
