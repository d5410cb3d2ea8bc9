// SPDX-License-Identifier: BSL-1.0
//
// camera_reader NAME
// Takes a copy of each frame that the camera pipe://NAME/camera announces and checks it.

#include "camera.remoting.hpp"
#include "frame_ring.hpp"

#include <remoting/channels/shared_memory.hpp>
#include <remoting/client.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Handlers of a client take turns, so that nothing here needs a lock; the result is looked at when they are done.
class Reader final {
public:
    explicit Reader(remoting::SharedMemory memory) : memory_(std::move(memory)) {}

    void take(std::uint64_t number)
    {
        missed_ += seen_ == 0 ? 0 : number - seen_ - 1;
        seen_ = number;
        const auto frame = camera::read_frame(memory_.bytes(), number, copy_);
        if (!frame) {
            ++missed_;
            return;
        }
        ++(camera::checksum_of(copy_) == frame->checksum ? whole_ : torn_);
        latencies_.push_back(std::chrono::steady_clock::now().time_since_epoch().count() - frame->captured);
    }

    bool report(std::uint64_t frames)
    {
        missed_ += frames - seen_;
        std::ranges::sort(latencies_);
        const auto half = latencies_.empty() ? 0 : latencies_[latencies_.size() / 2];
        std::cout << "whole " << whole_ << ", missed " << missed_ << ", torn " << torn_ << ", median " << half / 1000
                  << " us" << std::endl;
        return torn_ == 0;
    }

private:
    const remoting::SharedMemory memory_;
    std::vector<std::byte> copy_ = std::vector<std::byte>(camera::frame_size);
    std::uint64_t seen_ = 0;
    std::uint64_t whole_ = 0;
    std::uint64_t missed_ = 0;
    std::uint64_t torn_ = 0;
    std::vector<std::int64_t> latencies_;  // nanoseconds from the start of a frame until it was copied
};

bool read(const std::string& name)
{
    remoting::Client client;
    const auto camera = client.get_object<camera::Camera>("pipe://" + name + "/camera");
    Reader reader(remoting::SharedMemory::open(camera->Memory(), remoting::View::read_only));
    // What comes first: the number of frames, or what became of the camera.
    std::promise<std::uint64_t> promise;
    std::atomic_flag is_over;
    // Of the frames that come while one is being copied only the last is worth looking at.
    auto taken = camera->on_Taken([&](std::uint64_t frame) { reader.take(frame); }, {.queue = 1});
    auto ended = camera->on_Ended(
        [&](std::uint64_t frames) {
            if (!is_over.test_and_set()) {
                promise.set_value(frames);
            }
            return true;
        },
        {.on_ended = [&](std::exception_ptr why) {
            if (!is_over.test_and_set()) {
                promise.set_exception(std::move(why));
            }
        }});
    camera->Ready();
    std::cout << "reading " << name << std::endl;
    const std::uint64_t frames = promise.get_future().get();
    taken.end();
    ended.end();
    return reader.report(frames);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: camera_reader NAME\n";
        return 2;
    }
    try {
        return read(argv[1]) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
