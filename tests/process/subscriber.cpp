// SPDX-License-Identifier: BSL-1.0
// Subscribes to the numbers of the ticker at URL, and says whether it got all of them, up to LAST, in order.
#include "events.remoting.hpp"

#include <remoting/client.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <future>
#include <iostream>

int main(int argc, char** argv)
{
    if (argc != 3) {
        return 2;
    }
    try {
        const std::int32_t last = std::atoi(argv[2]);
        std::int32_t expected = 1;
        bool has_gap = false;
        std::promise<void> done;
        remoting::Client client;
        const auto subscription = client.get_object<contract::Ticker>(argv[1])->on_Ticked(
            [&](std::int32_t number, const contract::Quote&) {
                has_gap = has_gap || number != expected;
                expected = number + 1;
                if (number == last) {
                    done.set_value();
                }
            },
            {.queue = 4096});
        std::cout << "subscribed" << std::endl;
        done.get_future().wait();
        std::cout << (has_gap || subscription.dropped() != 0 ? "incomplete" : "complete") << std::endl;
        return 0;
    } catch (const std::exception& error) {
        std::cout << error.what() << std::endl;
        return 1;
    }
}
