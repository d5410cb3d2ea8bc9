// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <random>
#include <vector>

namespace remoting::test {

/// How a network behaves.
struct Weather {
    Duration least_delay{};  ///< of bytes on their way
    Duration most_delay{};
    unsigned chops = 0;     ///< of 1,000 deliveries come byte by byte for a while
    unsigned stalls = 0;    ///< of 1,000 deliveries are held up
    Duration stall{};       ///< for how long at most
    unsigned refusals = 0;  ///< of 1,000 attempts to connect
    unsigned silences = 0;  ///< of 1,000 attempts to connect are never answered
};

/// Carries bytes between two streams, each of which has the other end of one of its sockets, as the weather is. What
/// was sent before the wire is cut arrives late or never. Two connections for the streams, two directions in each.
class Wire final {
public:
    /// Owns both.
    Wire(int one, int other, const Weather& weather, std::mt19937_64& random);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// Takes what was sent and delivers what is due.
    void run();
    /// When the next delivery is due.
    TimePoint next() const;
    void cut();
    /// Nothing will come any more in either direction.
    bool has_ended() const;

private:
    struct Parcel {
        TimePoint due;
        std::vector<std::byte> bytes;  ///< none: the end
    };
    struct Lane {
        int from;
        int to;
        std::deque<Parcel> parcels{};
        std::size_t size = 0;
        bool is_closed = false;  ///< nothing is taken any more
    };

    void take(Lane& lane);
    void deliver(Lane& lane);
    void add(Lane& lane, std::vector<std::byte> bytes);
    void close(Lane& lane);
    Duration delay();

    const Weather& weather_;
    std::mt19937_64& random_;
    std::array<Lane, 2> lanes_;
};

}  // namespace remoting::test
