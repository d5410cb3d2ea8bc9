// SPDX-License-Identifier: BSL-1.0
#include "simulation.hpp"

#include "open_descriptors.hpp"
#include "virtual_time.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace remoting::test {

namespace {

constexpr int seeds_in_all = 2'000;

/// What happened under that seed; the time it began at is always the same.
std::string history_of(std::uint64_t seed)
{
    SCOPED_TRACE("REMOTING_SEED=" + std::to_string(seed));
    virtual_time::restart();
    Simulation simulation(seed);
    simulation.run();
    return simulation.history();
}

/// One seed only: REMOTING_SEED in the environment.
const char* wanted_seed()
{
    return std::getenv("REMOTING_SEED");
}

}  // namespace

TEST(Simulated, CallsEndOnceInTimeInOrderAndLeaveNothingWhateverHappens)
{
    if (const char* const wanted = wanted_seed()) {
        std::cout << history_of(std::strtoull(wanted, nullptr, 10));
        return;
    }
    std::uint64_t seed = std::random_device()();
    std::cout << "seeds from " << seed << "\n";
    history_of(seed);  // what is made once for each thread
    const std::ptrdiff_t descriptors = open_descriptors();
    for (int i = 0; i < seeds_in_all && !testing::Test::HasFailure(); ++i) {
        const std::string history = history_of(++seed);
        EXPECT_EQ(open_descriptors(), descriptors) << "with REMOTING_SEED=" << seed;
        if (testing::Test::HasFailure()) {
            std::cout << history;
        }
    }
}

TEST(Simulated, TheSameSeedIsTheSameHistory)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        EXPECT_EQ(history_of(seed), history_of(seed)) << "seed " << seed;
    }
}

}  // namespace remoting::test
