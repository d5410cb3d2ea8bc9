// SPDX-License-Identifier: BSL-1.0
#include "bench.remoting.hpp"
#include "contestant.hpp"

#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <unistd.h>

#include <stdexcept>

namespace bench {

namespace {

class BenchServant final : public Bench {
public:
    std::int32_t Add(std::int32_t a, std::int32_t b) override { return a + b; }
    Order EchoOrder(const Order& order) override { return order; }
    remoting::Bytes EchoBytes(const remoting::Bytes& data) override { return data; }
};

Order example()
{
    Order order;
    order.id = 4711;
    order.billing = {"eleven char", "eleven char", "eleven char", "eleven char", 12345};
    order.shipping = order.billing;
    order.reference = order.note = "eleven char";
    order.lines.assign(5, Line{17, 3, 9.99, 0.1, true, "eleven char"});
    order.codes = {1, 2, 3, 4, 5, 6, 7, 8};
    return order;
}

void serve(Transport transport, Waiting waiting, int ready)
{
    remoting::ServerOptions options;
    options.adaptive_waiting = waiting == Waiting::adaptive;
    remoting::Server server(std::move(options));
    server.publish<Bench>("bench", std::make_shared<BenchServant>());
    const std::string url = server.listen(transport == Transport::tcp
                                              ? "tcp://127.0.0.1:0"
                                              : "pipe://remoting-bench-" + std::to_string(::getpid())) +
                            "\n";
    if (::write(ready, url.data(), url.size()) < 0) {
        throw std::runtime_error("the parent has gone");
    }
    server.stop_on_signals();
    server.run();
}

class RemotingContestant final : public Contestant {
public:
    RemotingContestant(Transport transport, Waiting waiting)
        : waiting_(waiting),
          name_(waiting == Waiting::adaptive ? "remoting" : "remoting, blocking"),
          server_([=](int ready) { serve(transport, waiting, ready); })
    {
    }

    const std::string& name() const noexcept override { return name_; }

    std::function<void()> open(const std::string& workload) override
    {
        if (client_ == nullptr) {
            remoting::ClientOptions options;
            options.adaptive_waiting = waiting_ == Waiting::adaptive;
            client_ = std::make_unique<remoting::Client>(std::move(options));
        }
        const auto bench = client_->get_object<Bench>(server_.address() + "/bench");
        if (workload == "W1") {
            return [bench, i = 0]() mutable {
                ++i;
                if (bench->Add(i, 1) != i + 1) {
                    throw std::runtime_error("Add is wrong");
                }
            };
        }
        if (workload == "W2") {
            return [bench, order = example()]() mutable { order = bench->EchoOrder(order); };
        }
        return [bench, data = remoting::Bytes(payload_size(workload), std::byte{7})] {
            if (bench->EchoBytes(data).size() != data.size()) {
                throw std::runtime_error("EchoBytes is wrong");
            }
        };
    }

private:
    Waiting waiting_;
    std::string name_;
    ServerProcess server_;
    std::unique_ptr<remoting::Client> client_;
};

}  // namespace

std::unique_ptr<Contestant> make_remoting(Transport transport, Waiting waiting)
{
    return std::make_unique<RemotingContestant>(transport, waiting);
}

}  // namespace bench
