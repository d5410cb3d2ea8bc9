// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "agenda.hpp"
#include "numbered_servants.hpp"
#include "simulated_network.hpp"
#include "wire.hpp"

#include <remoting/client.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/server.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace remoting::test {

/// Clients and a server in one thread, on virtual time, over a network with faults: calls, cancellations, stops and
/// cuts at random from a seed. What must hold whatever happens fails the test that runs it.
class Simulation final {
public:
    explicit Simulation(std::uint64_t seed);

    /// Everything, from the first call until nothing is left.
    void run();

    /// What happened, and when; the same for the same seed.
    const std::string& history() const noexcept { return history_; }
    std::size_t calls_made() const noexcept { return calls_.size(); }
    std::size_t calls_that_failed() const noexcept { return failed_; }

private:
    static constexpr std::size_t client_count = 2;
    static constexpr std::size_t object_count = 3;

    enum class Kind : std::uint8_t { run, post, echo, ask };
    struct Call {
        Kind kind = Kind::run;
        std::size_t object = 0;
        TimePoint limit{};
        bool is_idempotent = false;
        bool was_cancelled = false;
        int executions = 0;
        int ends = 0;
        bool succeeded = false;
        ErrorCode code = ErrorCode::ok;
        Executed executed = Executed::yes;
        TimePoint ended{};
        boost::asio::cancellation_signal cancellation{};
    };
    class Random final : public RandomSource {
    public:
        explicit Random(std::mt19937_64& source) : source_(source) {}
        void fill(std::span<std::byte> bytes) override;

    private:
        std::mt19937_64& source_;
    };

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool happens(unsigned of_1000) { return below(1000) < of_1000; }
    Duration up_to(Duration most);

    Weather random_weather();
    Limits random_limits();
    template <class Options>
    Options options();
    void start_server();
    void stop_server();
    void start_client(std::size_t client);
    void end_client(std::size_t client);
    void plan_calls();
    void plan_trouble();
    void make_call(std::size_t client);
    void cancel_one();
    void begun(std::int32_t number);
    void ended(std::size_t number, const std::exception_ptr& exception, bool is_right);
    bool step(TimePoint end);
    void run_until(TimePoint end, const std::function<bool()>& is_over);
    bool have_all_ended() const;
    void check(std::size_t number) const;
    void note(const std::string& what);

    std::mt19937_64 random_;
    const bool is_calm_ = happens(200);
    const Weather weather_ = random_weather();
    Random source_{random_};
    boost::asio::io_context context_;
    Agenda agenda_{context_};
    const std::shared_ptr<SimulatedNetwork> network_ = std::make_shared<SimulatedNetwork>(agenda_, weather_, random_);

    std::deque<Call> calls_;
    std::size_t failed_ = 0;
    Duration held_up_{};  ///< by stops, during which this thread does nothing else
    std::string history_;
    /// Of a connection: the first call that was made after the server had it, and the last one that each object began.
    struct Order {
        std::size_t first = 0;
        std::array<std::size_t, object_count> last{};
    };
    std::map<const Connection*, Order> orders_;

    std::shared_ptr<PlainNumbered> plain_;
    std::shared_ptr<SlowNumbered> slow_;        ///< one call after the other
    std::shared_ptr<SlowNumbered> concurrent_;  ///< all at once
    std::shared_ptr<simulation::Listener> listener_;
    std::optional<Server> server_;
    std::array<std::optional<Client>, client_count> clients_;
    std::array<std::vector<std::shared_ptr<simulation::Numbered>>, client_count> proxies_;
};

}  // namespace remoting::test
