// SPDX-License-Identifier: BSL-1.0
//
// camera_producer NAME FRAMES [READERS]
// Shares frames of 8 MiB, 60 a second, with any number of readers and announces each by an event; first waits until
// READERS have come. One more announcement is the end.

#include "frame_ring.hpp"

#include <remoting/channels/named_event.hpp>
#include <remoting/channels/shared_memory.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

int main(int argc, char** argv)
{
    using Clock = std::chrono::steady_clock;
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: camera_producer NAME FRAMES [READERS]\n";
        return 2;
    }
    try {
        const std::string name = argv[1];
        const auto frames = static_cast<std::uint64_t>(std::stoull(argv[2]));
        const auto readers = static_cast<std::uint32_t>(argc == 4 ? std::stoul(argv[3]) : 0);
        auto memory = remoting::SharedMemory::create(name, camera::ring_size);
        remoting::NamedEvent announced(name);
        const remoting::NamedEvent joined(name + ".readers");
        std::cout << "producing " << name << std::endl;
        for (std::uint32_t seen = joined.count(); seen < readers;) {
            seen = joined.wait(seen, remoting::infinite).value_or(seen);
        }
        const auto start = Clock::now();
        for (std::uint64_t frame = 1; frame <= frames; ++frame) {
            std::this_thread::sleep_until(start + (frame - 1) * std::chrono::nanoseconds(16'666'667));
            camera::write_frame(memory.writable_bytes(), frame, Clock::now().time_since_epoch().count());
            announced.signal();
        }
        const std::chrono::duration<double> took = Clock::now() - start;
        std::cout << "produced " << frames << " frames in " << took.count() << " s" << std::endl;
        announced.signal();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
