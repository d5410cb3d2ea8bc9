// SPDX-License-Identifier: BSL-1.0
#include "simulation.hpp"

#include <remoting/messaging/current_call.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>

#include <algorithm>
#include <chrono>

namespace remoting::test {

namespace {

using namespace std::chrono_literals;

constexpr auto time_of_calls = 400ms;
constexpr int calls_in_all = 30;
/// What a deadline may be missed by: the tick of the housekeeping, and a loop that is busy.
constexpr Duration tolerance = 20ms;
/// What stop() and a client's end may take beyond what they were given.
constexpr Duration stop_grace = 250ms;

}  // namespace

void Simulation::Random::fill(std::span<std::byte> bytes)
{
    for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(source_());
    }
}

Simulation::Simulation(std::uint64_t seed) : random_(seed)
{
    const Begun begun = [this](std::int32_t number) { this->begun(number); };
    const auto pause = [this] { return up_to(5ms); };
    plain_ = std::make_shared<PlainNumbered>(begun);
    slow_ = std::make_shared<SlowNumbered>(begun, pause);
    concurrent_ = std::make_shared<SlowNumbered>(begun, pause);
    listener_ = std::make_shared<EchoingListener>();
}

Duration Simulation::up_to(Duration most)
{
    return Duration(static_cast<Duration::rep>(below(static_cast<std::uint64_t>(most.count()) + 1)));
}

Weather Simulation::random_weather()
{
    Weather weather;
    weather.least_delay = up_to(1ms);
    weather.most_delay = weather.least_delay + up_to(4ms);
    weather.chops = static_cast<unsigned>(below(100));
    if (!is_calm_) {
        weather.stalls = static_cast<unsigned>(below(40));
        weather.stall = up_to(200ms);
        weather.refusals = static_cast<unsigned>(below(300));
        weather.silences = static_cast<unsigned>(below(100));
    }
    return weather;
}

Limits Simulation::random_limits()
{
    Limits limits;
    if (happens(250)) {
        limits.requests_in_flight = 1 + static_cast<std::uint32_t>(below(8));
    }
    if (!is_calm_ && happens(250)) {
        limits.ping_interval = 40ms;
        limits.ping_timeout = 30ms;
    }
    if (happens(250)) {
        limits.idle_close = 30ms;
    }
    return limits;
}

template <class Options>
Options Simulation::options()
{
    Options options;
    options.limits = random_limits();
    options.adaptive_waiting = false;
    options.io_context = &context_;
    options.random = &source_;
    options.log = Log();
    options.channels = ChannelRegistry();
    options.channels.add("sim", network_, network_);
    return options;
}

void Simulation::start_server()
{
    auto server_options = options<ServerOptions>();
    server_options.on_connected = [this](const Connection& connection) { orders_[&connection] = {calls_.size(), {}}; };
    server_.emplace(std::move(server_options));
    server_->publish<simulation::Numbered>("0", plain_);
    server_->register_singleton<simulation::Numbered>("1", [this] { return slow_; });
    server_->register_singleton<simulation::Numbered>("2", [this] { return concurrent_; },
                                                      {.concurrency = Concurrency::concurrent});
    server_->listen("sim://server");
    note("server starts");
}

void Simulation::stop_server()
{
    const Duration limit = happens(500) ? Duration::zero() : up_to(60ms);
    const TimePoint before = virtual_time::now();
    if (happens(800)) {
        const StopReport report = server_->stop(limit);
        EXPECT_LE(report.connections_closed, network_->connections());
    }
    server_.reset();
    const Duration elapsed = virtual_time::now() - before;
    EXPECT_LE(elapsed, limit + stop_grace);
    held_up_ += elapsed;
    note("server stopped");
}

void Simulation::start_client(std::size_t client)
{
    auto& made = clients_[client].emplace(options<ClientOptions>());
    for (std::size_t object = 0; object < object_count; ++object) {
        proxies_[client].push_back(made.get_object<simulation::Numbered>(fmt::format("sim://server/{}", object)));
    }
    note(fmt::format("client {} starts", client));
}

void Simulation::end_client(std::size_t client)
{
    const TimePoint before = virtual_time::now();
    if (happens(500)) {
        proxies_[client].clear();
    }
    clients_[client].reset();
    proxies_[client].clear();
    const Duration elapsed = virtual_time::now() - before;
    EXPECT_LE(elapsed, 200ms + stop_grace);
    held_up_ += elapsed;
    note(fmt::format("client {} ended", client));
}

void Simulation::plan_calls()
{
    for (int i = 0; i < calls_in_all;) {
        const Duration when = up_to(time_of_calls);
        const std::size_t client = below(client_count);
        for (auto burst = happens(300) ? 1 + below(8) : 1; burst != 0 && i < calls_in_all; --burst, ++i) {
            agenda_.after(when, [this, client] { make_call(client); });
        }
    }
}

void Simulation::plan_trouble()
{
    for (auto cuts = below(4); cuts != 0; --cuts) {
        agenda_.after(up_to(time_of_calls), [this] {
            note("cut");
            network_->cut_one();
        });
    }
    for (auto cancellations = below(6); cancellations != 0; --cancellations) {
        agenda_.after(up_to(time_of_calls), [this] { cancel_one(); });
    }
    if (happens(300)) {
        agenda_.after(up_to(time_of_calls), [this] {
            stop_server();
            agenda_.after(up_to(50ms), [this] { start_server(); });
        });
    }
    if (happens(150)) {
        agenda_.after(up_to(time_of_calls), [this, client = below(client_count)] {
            end_client(client);
            start_client(client);
        });
    }
}

void Simulation::make_call(std::size_t client)
{
    const std::size_t number = calls_.size();
    Call& call = calls_.emplace_back();
    call.object = below(object_count);
    call.kind = static_cast<Kind>(below(call.object == 0 ? 3 : 4));
    call.is_idempotent = call.kind != Kind::post && happens(300);
    const std::array<Duration, 4> deadlines{20ms, 100ms, 500ms, 2s};
    const Duration deadline = is_calm_ ? 10s : deadlines.at(below(deadlines.size()));
    call.limit = virtual_time::now() + deadline;
    note(fmt::format("call {} of kind {} on {} within {} ms", number, static_cast<int>(call.kind), call.object,
                     deadline / 1ms));
    CallOptions call_options{.deadline = deadline, .idempotent = call.is_idempotent};
    const auto& proxy = proxies_[client].at(call.object);
    const auto value = static_cast<std::int32_t>(number);
    const auto cancellable = [&](auto handler) {
        return boost::asio::bind_cancellation_slot(call.cancellation.slot(), std::move(handler));
    };
    auto with_number = cancellable([this, number, value](const std::exception_ptr& exception, std::int32_t result) {
        ended(number, exception, result == value);
    });
    switch (call.kind) {
        case Kind::run:
            proxy->async_Run(call_options, value, std::move(with_number));
            break;
        case Kind::post:
            proxy->async_Post(call_options, value, cancellable([this, number](const std::exception_ptr& exception) {
                                  ended(number, exception, true);
                              }));
            break;
        case Kind::echo: {
            const Bytes content(happens(100) ? 300'000 + below(400'000) : below(2'000), static_cast<std::byte>(number));
            proxy->async_Echo(
                call_options, value, content,
                cancellable([this, number, content](const std::exception_ptr& exception, const Bytes& result) {
                    ended(number, exception, result == content);
                }));
            break;
        }
        case Kind::ask:
            proxy->async_Ask(call_options, listener_, value, std::move(with_number));
            break;
    }
    EXPECT_EQ(call.ends, 0) << "the handler ran inside the initiating call";
}

void Simulation::cancel_one()
{
    std::vector<std::size_t> running;
    for (std::size_t number = 0; number < calls_.size(); ++number) {
        if (calls_[number].ends == 0) {
            running.push_back(number);
        }
    }
    if (!running.empty()) {
        const std::size_t number = running[below(running.size())];
        note(fmt::format("cancel {}", number));
        calls_[number].was_cancelled = true;
        calls_[number].cancellation.emit(boost::asio::cancellation_type::terminal);
    }
}

void Simulation::begun(std::int32_t value)
{
    const auto number = static_cast<std::size_t>(value);
    Call& call = calls_.at(number);
    ++call.executions;
    note(fmt::format("{} begins", number));
    const CurrentCall* const current = current_call();
    ASSERT_NE(current, nullptr);
    const auto found = orders_.find(current->connection);
    if (found == orders_.end()) {
        return;
    }
    Order& order = found->second;
    if (number >= order.first) {
        EXPECT_TRUE(order.last[call.object] <= number)
            << "call " << number << " begins after " << order.last[call.object];
        order.last[call.object] = number;
    }
}

void Simulation::ended(std::size_t number, const std::exception_ptr& exception, bool is_right)
{
    Call& call = calls_.at(number);
    EXPECT_EQ(++call.ends, 1) << "call " << number;
    call.ended = virtual_time::now();
    try {
        if (exception != nullptr) {
            std::rethrow_exception(exception);
        }
        call.succeeded = true;
        EXPECT_TRUE(is_right) << "call " << number << " has another one's result";
        note(fmt::format("{} succeeds", number));
    } catch (const RemotingError& error) {
        ++failed_;
        call.code = error.code();
        call.executed = error.executed();
        note(fmt::format("{} fails: {}, executed {}: {}", number, to_string(error.code()), to_string(error.executed()),
                         error.cause()));
    } catch (const std::exception& error) {  // its servant cannot have failed while somebody waited for it
        ++failed_;
        call.code = ErrorCode::internal;
        ADD_FAILURE() << "call " << number << ": " << error.what();
        note(fmt::format("{} fails: {}", number, error.what()));
    }
}

bool Simulation::have_all_ended() const
{
    return std::ranges::all_of(calls_, [](const Call& call) { return call.ends != 0; });
}

/// Whatever is to be done now, or else on to the next time at which there is something. False when there is nothing.
bool Simulation::step(TimePoint end)
{
    agenda_.post_due();
    context_.restart();
    if (context_.poll() != 0 || network_->next() <= virtual_time::now()) {
        network_->run();
        return true;
    }
    const TimePoint next = std::min({agenda_.next(), network_->next(), virtual_time::next_timer()});
    virtual_time::advance_to(std::min(next, end));
    return next != TimePoint::max();
}

void Simulation::run_until(TimePoint end, const std::function<bool()>& is_over)
{
    while (virtual_time::now() < end && !is_over() && step(end)) {
    }
}

void Simulation::run()
{
    start_server();
    for (std::size_t client = 0; client < client_count; ++client) {
        start_client(client);
    }
    plan_calls();
    if (!is_calm_) {
        plan_trouble();
    }
    run_until(virtual_time::now() + time_of_calls + 1s, [] { return false; });
    TimePoint last = virtual_time::now();
    for (const Call& call : calls_) {
        last = std::max(last, call.limit + tolerance + held_up_);
    }
    run_until(last, [this] { return have_all_ended(); });
    EXPECT_TRUE(have_all_ended());
    for (std::size_t client = 0; client < client_count; ++client) {
        end_client(client);
    }
    stop_server();
    run_until(virtual_time::now() + 60s, [] { return false; });
    EXPECT_TRUE(network_->connections() == 0) << "there is still a connection";
    for (std::size_t number = 0; number < calls_.size(); ++number) {
        check(number);
    }
    EXPECT_EQ(plain_.use_count() + slow_.use_count() + concurrent_.use_count(), 3) << "somebody holds a servant";
    EXPECT_EQ(listener_.use_count(), 1) << "somebody holds a client's object";
}

void Simulation::check(std::size_t number) const
{
    const Call& call = calls_[number];
    SCOPED_TRACE(fmt::format("call {}", number));
    EXPECT_EQ(call.ends, 1);
    EXPECT_LE(call.ended, call.limit + tolerance + held_up_) << "it ended late";
    EXPECT_TRUE(call.executions <= 1 || call.is_idempotent) << "it ran " << call.executions << " times";
    if (call.succeeded) {
        EXPECT_TRUE(call.executions >= 1 || call.kind == Kind::post);
        return;
    }
    EXPECT_FALSE(is_calm_) << to_string(call.code);
    EXPECT_TRUE(call.executed != Executed::no || call.executions == 0) << "it ran, and is said not to have run";
    EXPECT_TRUE(call.executed != Executed::yes || call.executions != 0) << "it did not run, and is said to have run";
    EXPECT_TRUE(call.code != ErrorCode::cancelled || call.was_cancelled) << "nobody cancelled it";
    EXPECT_TRUE(call.code != ErrorCode::deadline_exceeded || call.ended >= call.limit - tolerance)
        << "it was given up early";
}

void Simulation::note(const std::string& what)
{
    history_ +=
        fmt::format("{:10.3f} ms  {}\n",
                    std::chrono::duration<double, std::milli>(virtual_time::now().time_since_epoch()).count(), what);
}

}  // namespace remoting::test
