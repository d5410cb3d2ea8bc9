// SPDX-License-Identifier: BSL-1.0
#include "api/weather.remoting.hpp"

#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <iostream>

class StationServant final : public weather::Station {
    units::Temperature Measure(const std::string& place) override
    {
        if (place != "Oslo") {
            throw weather::UnknownPlace(place);
        }
        return {.fahrenheit = 4.0 + units::FreezingPoint};
    }
};

int main()
{
    remoting::Server server;
    server.register_singleton<weather::Station, StationServant>("station");
    const auto url = server.listen("tcp://127.0.0.1:0");

    remoting::Client client;
    const auto station = client.get_object<weather::Station>(url + "/station");
    std::cout << station->Measure("Oslo") << '\n';
    try {
        station->Measure("Atlantis");
    } catch (const weather::UnknownPlace& error) {
        std::cout << error.what() << '\n';
    }
}
