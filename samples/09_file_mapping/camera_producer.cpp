// SPDX-License-Identifier: BSL-1.0
//
// camera_producer NAME FRAMES [READERS]
// Shares frames of 8 MiB, 60 a second, with any number of readers and announces each by an event of the object
// pipe://NAME/camera; first waits until READERS have come.

#include "camera.remoting.hpp"
#include "frame_ring.hpp"

#include <remoting/channels/shared_memory.hpp>
#include <remoting/server.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

namespace {

class CameraServant final : public camera::Camera {
public:
    explicit CameraServant(std::string memory) : memory_(std::move(memory)) {}

    std::string Memory() override { return memory_; }
    void Ready() override { ready_.release(); }

    void wait_for(std::uint64_t readers)
    {
        for (std::uint64_t i = 0; i < readers; ++i) {
            ready_.acquire();
        }
    }
    /// Nobody is waited for: a reader's queue is its own business.
    void announce(std::uint64_t frame) { raise_Taken(frame); }
    void end(std::uint64_t frames) { raise_Ended(frames); }

private:
    const std::string memory_;
    std::counting_semaphore<> ready_{0};
};

void produce(const std::string& name, std::uint64_t frames, std::uint64_t readers)
{
    using Clock = std::chrono::steady_clock;
    auto memory = remoting::SharedMemory::create(name, camera::ring_size);
    const auto servant = std::make_shared<CameraServant>(name);
    remoting::Server server;
    server.publish<camera::Camera>("camera", servant);
    server.listen("pipe://" + name);
    std::cout << "producing " << name << std::endl;
    servant->wait_for(readers);
    const auto start = Clock::now();
    for (std::uint64_t frame = 1; frame <= frames; ++frame) {
        std::this_thread::sleep_until(start + (frame - 1) * std::chrono::nanoseconds(16'666'667));
        camera::write_frame(memory.writable_bytes(), frame, Clock::now().time_since_epoch().count());
        servant->announce(frame);
    }
    const std::chrono::duration<double> took = Clock::now() - start;
    std::cout << "produced " << frames << " frames in " << took.count() << " s" << std::endl;
    servant->end(frames);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: camera_producer NAME FRAMES [READERS]\n";
        return 2;
    }
    try {
        produce(argv[1], std::stoull(argv[2]), argc == 4 ? std::stoull(argv[3]) : 0);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
