// SPDX-License-Identifier: BSL-1.0
#include "shop.remoting.hpp"
#include "trace_sink.hpp"

#include <remoting/client.hpp>
#include <remoting/sinks/call_recorder.hpp>
#include <remoting/sinks/metrics_sink.hpp>

#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace {

/// One order, with a trace of its own.
void order(shop::Shop& shop, const std::string& item, bool shows_trace)
{
    remoting::CallContextScope scope;  // what calls carry until it ends, and where what comes back is put
    const auto root = start_trace(scope.context());
    try {
        shop.Order(item, 3);
    } catch (const shop::SoldOut& error) {
        std::cout << item << " is sold out: " << error.left << " left\n";
    }
    if (const std::string* const note = scope.context().find("note")) {
        std::cout << "the shop says: " << *note << '\n';
    }
    if (shows_trace) {
        std::cout << to_table(scope.context(), root) << '\n';
    }
}

void run(const std::string& url, int orders)
{
    const auto metrics = std::make_shared<remoting::MetricsSink>();
    const auto recorder = std::make_shared<remoting::CallRecorder>();
    remoting::ClientOptions options;
    options.message_sinks = {metrics, recorder, std::make_shared<TraceSink>()};
    remoting::Client client(std::move(options));
    const auto shop = client.get_object<shop::Shop>(url + "/shop");
    const std::array<std::string, 3> items{"tea", "coffee", "cocoa"};
    for (int i = 0; i < orders; ++i) {
        order(*shop, items[static_cast<std::size_t>(i) % items.size()], i == 0 || i == orders - 1);
    }
    std::cout << to_table(metrics->snapshot()) << '\n';
    for (const auto& call : recorder->calls()) {
        if (call.code != remoting::ErrorCode::ok) {
            std::cout << "first failure: " << call.method << " on '" << call.object << "': " << to_string(call.code)
                      << " (" << call.error << "), " << call.trace << '\n';
            break;
        }
    }
}

}  // namespace

int main(int argc, char** argv)
{
    const int orders = argc == 3 ? std::atoi(argv[2]) : 0;
    if (orders < 1) {
        std::cerr << "usage: sinks_client URL ORDERS\n"
                     "for example: sinks_client tcp://127.0.0.1:6300 24\n";
        return 2;
    }
    try {
        run(argv[1], orders);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "sinks_client: " << error.what() << '\n';
        return 1;
    }
}
