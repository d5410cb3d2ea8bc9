// SPDX-License-Identifier: BSL-1.0
#include "wire.hpp"

#include "virtual_time.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <utility>

namespace remoting::test {

namespace {

constexpr std::size_t bandwidth = std::size_t{64} * 1024;  // in one parcel
constexpr std::size_t capacity = std::size_t{256} * 1024;  // on the way
constexpr Duration until_next_try = std::chrono::milliseconds(1);

}  // namespace

Wire::Wire(int one, int other, const Weather& weather, std::mt19937_64& random)
    : weather_(weather),
      random_(random),
      lanes_{Lane{one, other}, Lane{other, one}}
{
}

Wire::~Wire()
{
    for (const Lane& lane : lanes_) {
        ::close(lane.from);
    }
}

void Wire::run()
{
    for (Lane& lane : lanes_) {
        take(lane);
        deliver(lane);
    }
}

TimePoint Wire::next() const
{
    TimePoint next = TimePoint::max();
    for (const Lane& lane : lanes_) {
        next = lane.parcels.empty() ? next : std::min(next, lane.parcels.front().due);
    }
    return next;
}

bool Wire::has_ended() const
{
    return std::ranges::all_of(lanes_, [](const Lane& lane) { return lane.is_closed && lane.parcels.empty(); });
}

Duration Wire::delay()
{
    const auto range = static_cast<std::uint64_t>((weather_.most_delay - weather_.least_delay).count()) + 1;
    Duration delay = weather_.least_delay + Duration(static_cast<Duration::rep>(random_() % range));
    if (random_() % 1000 < weather_.stalls) {
        delay +=
            Duration(static_cast<Duration::rep>(random_() % static_cast<std::uint64_t>(weather_.stall.count() + 1)));
    }
    return delay;
}

void Wire::take(Lane& lane)
{
    if (lane.is_closed || lane.size >= capacity) {
        return;
    }
    static std::array<std::byte, bandwidth> room;
    const ssize_t got = ::recv(lane.from, room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) {
        add(lane, {room.begin(), room.begin() + got});
    } else if (got == 0 || errno != EAGAIN) {
        close(lane);
    }
}

void Wire::add(Lane& lane, std::vector<std::byte> bytes)
{
    lane.size += bytes.size();
    TimePoint due = virtual_time::now() + delay();
    due = lane.parcels.empty() ? due : std::max(due, lane.parcels.back().due);
    const std::size_t chopped =
        random_() % 1000 < weather_.chops ? std::min<std::size_t>(bytes.size(), 1 + random_() % 40) : 0;
    for (std::size_t i = 0; i < chopped; ++i) {
        lane.parcels.push_back({due, {bytes[i]}});
        due += std::chrono::microseconds(random_() % 200);
    }
    if (bytes.size() != chopped) {
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(chopped));
        lane.parcels.push_back({due, std::move(bytes)});
    }
}

/// The end arrives behind what is on its way.
void Wire::close(Lane& lane)
{
    lane.is_closed = true;
    const TimePoint due = virtual_time::now() + weather_.least_delay;
    lane.parcels.push_back({lane.parcels.empty() ? due : std::max(due, lane.parcels.back().due), {}});
}

void Wire::deliver(Lane& lane)
{
    while (!lane.parcels.empty() && lane.parcels.front().due <= virtual_time::now()) {
        Parcel& parcel = lane.parcels.front();
        if (parcel.bytes.empty()) {
            ::shutdown(lane.to, SHUT_WR);
            lane.parcels.pop_front();
            continue;
        }
        const ssize_t sent = ::send(lane.to, parcel.bytes.data(), parcel.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            parcel.due = virtual_time::now() + until_next_try;
            return;
        }
        if (sent < 0) {
            ::shutdown(lane.from, SHUT_RDWR);  // nobody is there any more
            lane.parcels.clear();
            lane.is_closed = true;
            return;
        }
        lane.size -= static_cast<std::size_t>(sent);
        parcel.bytes.erase(parcel.bytes.begin(), parcel.bytes.begin() + sent);
        if (parcel.bytes.empty()) {
            lane.parcels.pop_front();
        }
    }
}

void Wire::cut()
{
    const bool delivers = random_() % 2 == 0;
    for (Lane& lane : lanes_) {
        if (lane.is_closed) {
            continue;
        }
        if (delivers) {
            take(lane);
            for (Parcel& parcel : lane.parcels) {
                parcel.due += weather_.stall;
            }
        } else {
            lane.parcels.clear();
        }
        if (!lane.is_closed) {
            close(lane);
        }
    }
    // One side hears of it now; the other one at the end of what is delivered.
    ::shutdown(lanes_[random_() % 2].from, SHUT_WR);
}

}  // namespace remoting::test
