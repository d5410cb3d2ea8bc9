// SPDX-License-Identifier: BSL-1.0
#include "leases.remoting.hpp"

#include <remoting/client.hpp>
#include <remoting/lease.hpp>
#include <remoting/proxies/objects.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

using LeaseShared::Visitor;
using namespace std::chrono_literals;

namespace {

std::string_view name_of(remoting::LeaseState state)
{
    switch (state) {
        case remoting::LeaseState::active:
            return "active";
        case remoting::LeaseState::renewing:
            return "renewing";
        case remoting::LeaseState::expired:
            return "expired";
        case remoting::LeaseState::none:
            break;
    }
    return "without a lease";
}

/// Looks at the lease, which does not renew it, until the object is gone.
void watch(const std::shared_ptr<Visitor>& visitor)
{
    const remoting::Lease lease = remoting::lease_of(visitor);
    try {
        for (;;) {
            const remoting::LeaseStatus now = lease.status();
            const double left = std::chrono::duration<double>(now.remaining).count();
            std::cout << name_of(now.state) << ", " << std::fixed << std::setprecision(1) << left << " s left, "
                      << now.sponsors << " sponsors" << std::endl;
            std::this_thread::sleep_for(
                std::clamp(remoting::Duration(now.remaining) / 2, remoting::Duration(20ms), remoting::Duration(1s)));
        }
    } catch (const remoting::RemotingError& error) {
        std::cout << "gone: " << error.cause() << std::endl;
    }
    try {
        std::cout << visitor->Greet() << std::endl;
    } catch (const remoting::RemotingError& error) {
        std::cout << "and a call ends with " << to_string(error.code()) << std::endl;
    }
}

/// Calls it as long as standard input is open.
void hold(Visitor& visitor)
{
    std::string line;
    do {
        std::cout << visitor.Greet() << std::endl;
    } while (std::getline(std::cin, line));
}

/// Its sponsor lives here and is asked over the connection there is, `times` times.
void sponsor(const std::shared_ptr<Visitor>& visitor, int times)
{
    const auto generous = remoting::make_sponsor([times](const remoting::LeaseStatus& lease) mutable {
        std::cout << "the sponsor " << (times > 0 ? "renews" : "has had enough") << std::endl;
        return times-- > 0 ? remoting::Duration(lease.renew_on_call) : remoting::Duration::zero();
    });
    remoting::lease_of(visitor).add_sponsor(generous);
    watch(visitor);
}

int run(const std::string& url, std::string_view command, const std::string& name, int times)
{
    remoting::Client client;
    const auto visitor = client.create_object<Visitor>(url, name);
    if (command == "watch") {
        watch(visitor);
    } else if (command == "hold") {
        hold(*visitor);
    } else if (command == "sponsor") {
        sponsor(visitor, times);
    } else {
        std::cerr << "leases_client: watch, hold or sponsor\n";
        return 2;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 4 && argc != 5) {
        std::cerr << "usage: leases_client URL watch|hold|sponsor NAME [TIMES]\n"
                     "for example: leases_client tcp://127.0.0.1:6400 sponsor Ada 3\n";
        return 2;
    }
    try {
        return run(argv[1], argv[2], argv[3], argc == 5 ? std::atoi(argv[4]) : 3);
    } catch (const std::exception& error) {
        std::cerr << "leases_client: " << error.what() << '\n';
        return 1;
    }
}
