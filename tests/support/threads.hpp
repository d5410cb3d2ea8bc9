// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace remoting::test {

/// A thread whose exceptions fail the test. Joined when it goes.
template <class F>
std::jthread run_aside(F function)
{
    return std::jthread([function = std::move(function)]() mutable {
        try {
            function();
        } catch (const std::exception& error) {
            ADD_FAILURE() << "on another thread: " << error.what();
        } catch (...) {
            ADD_FAILURE() << "something unknown was thrown on another thread";
        }
    });
}

/// Calls function(0) to function(count - 1) at the same time, each on a thread of its own, and waits for all.
template <class F>
void run_at_once(int count, F function)
{
    std::latch start(count);
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) {
        threads.push_back(run_aside([&, i] {
            start.arrive_and_wait();
            function(i);
        }));
    }
}

}  // namespace remoting::test
