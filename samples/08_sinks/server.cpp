// SPDX-License-Identifier: BSL-1.0
#include "shop.remoting.hpp"
#include "trace_sink.hpp"

#include <remoting/server.hpp>
#include <remoting/sinks/metrics_sink.hpp>

#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

class StockServant final : public shop::Stock {
public:
    std::int32_t Take(const std::string& item, std::int32_t count) override
    {
        std::int32_t& left = items_.try_emplace(item, item == "tea" ? 24 : 20).first->second;
        if (count < 1 || count > left) {
            throw shop::SoldOut(item, left);
        }
        return left -= count;
    }

private:
    std::map<std::string, std::int32_t> items_;
};

class ShopServant final : public shop::Shop {
public:
    explicit ShopServant(std::shared_ptr<shop::Stock> stock) : stock_(std::move(stock)) {}

    std::int32_t Order(const std::string& item, std::int32_t count) override
    {
        const std::int32_t left = stock_->Take(item, count);
        if (left == 0) {
            remoting::CallContext* const context = remoting::call_context();
            context->set("note", "that was the last " + item);
        }
        return ++orders_;
    }

private:
    std::shared_ptr<shop::Stock> stock_;
    std::int32_t orders_ = 0;
};

void serve(const std::string& url)
{
    const auto metrics = std::make_shared<remoting::MetricsSink>();
    remoting::ServerOptions options;
    options.message_sinks = {metrics, std::make_shared<TraceSink>()};  // in this order: the first one is outermost
    remoting::Server server(std::move(options));
    server.publish<shop::Stock>("stock", std::make_shared<StockServant>());
    server.stop_on_signals();
    const std::string address = server.listen(url);
    auto stock = server.client().get_object<shop::Stock>(address + "/stock");
    server.publish<shop::Shop>("shop", std::make_shared<ShopServant>(std::move(stock)));
    std::cout << "listening on " << address << std::endl;
    server.run();
    std::cout << to_table(metrics->snapshot()) << "stopped" << std::endl;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2 || std::string_view(argv[1]).starts_with('-')) {
        std::cerr << "usage: sinks_server URL\n"
                     "for example: sinks_server tcp://127.0.0.1:6300\n";
        return 2;
    }
    try {
        serve(argv[1]);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "sinks_server: " << error.what() << '\n';
        return 1;
    }
}
