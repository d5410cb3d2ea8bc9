// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "activation_quotas.hpp"
#include "callback_threads.hpp"
#include "connection_pool.hpp"
#include "home_connection.hpp"
#include "retry.hpp"
#include "session_keeper.hpp"
#include "waits.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/stream_engine.hpp>
#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/dispatch/object_table.hpp>
#include <remoting/options.hpp>
#include <remoting/sinks/client_formatter_sink.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace remoting {

/// What a Client or a Server owns, and a Server shares with its client(): objects, connections, threads. Proxies
/// keep it alive. Thread-safe.
class World final : public ChannelHost, public std::enable_shared_from_this<World> {
public:
    /// @param serves it is a Server's
    World(CommonOptions options, unsigned callback_threads, bool serves);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const CommonOptions& options() const noexcept { return options_; }
    ChannelRegistry& channels() noexcept { return options_.channels; }
    ObjectTable& objects() noexcept { return objects_; }
    const ClientFormatterSink& formatter() const noexcept { return client_formatter_; }
    StreamEngine& engine() noexcept { return engine_; }

    ConnectionPool& connections() noexcept { return connections_; }
    SessionKeeper& sessions() noexcept { return sessions_; }
    /// At `when` or soon after, leases, sessions and long waits are looked after.
    void wake_at(TimePoint when) { engine_.wake_at(when); }
    ActivationQuotas& quotas() noexcept { return *quotas_; }
    /// Tells the tracking handlers by `tell`.
    void track(FunctionRef<void(TrackingHandler& handler)> tell) const noexcept;
    HomeConnection& home() noexcept { return *home_; }
    /// Which connection to its endpoint the next proxy uses.
    unsigned next_lane() noexcept { return last_lane_.fetch_add(1) % options_.connections_per_endpoint; }
    /// `done` is called, without a connection, when `how_long` has passed, or earlier with a failure at the end of it all.
    void async_pause(Duration how_long, Connected done, Waits::Ticket& ticket);
    /// Waits; false when this side is being stopped.
    bool pause(Duration how_long);
    Waits& waits() noexcept { return *waits_; }
    RetryBudget& retry_budget() noexcept { return retry_budget_; }
    CallbackThreads& callback_threads() noexcept { return callback_threads_; }
    /// Where the runtime's own objects run, which never wait.
    std::shared_ptr<ServantExecutor> stream_executor();
    /// `work` may be the user's: it runs on a thread that serves incoming calls.
    void run_on_worker(std::function<void()> work) { engine_.run_on_worker(std::move(work)); }
    /// Runs `work`, which never waits, there; not at all once this side has stopped.
    void run_soon(std::function<void()> work) { stream_threads_.post(std::move(work)); }
    /// Ends the threads of both, after the engine's.
    void stop_threads() noexcept;
    std::string listen(std::string_view url);
    /// Until nothing here can use it any more.
    void keep(std::shared_ptr<const void> used);

    StreamEngine::StopReport stop(TimePoint deadline) noexcept;

    // ChannelHost:
    boost::asio::io_context& io_context() override { return engine_.io_context(); }
    std::shared_ptr<Connection> open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url,
                                     TimePoint deadline) override;
    void async_open(std::unique_ptr<ByteStream> stream, const ObjectUrl& url, TimePoint deadline,
                    Connected done) override;
    void run_apart(std::function<void()> work) override { engine_.run_apart(std::move(work)); }
    void accept(std::unique_ptr<ByteStream> stream, const std::string& local_url) noexcept override;
    MessageTarget message_target() const noexcept override { return {&dispatch_, &server_formatter_}; }
    const Limits& limits() const noexcept override { return options_.limits; }
    const Clock& clock() const noexcept override { return *options_.clock; }
    bool is_stopping() const noexcept override { return is_stopping_; }

private:
    void look_after_what_is_due();

    std::vector<std::shared_ptr<const void>> kept_;  // with mutex_
    CommonOptions options_;
    ObjectTable objects_;
    DispatchSink dispatch_;
    ServerFormatterSink server_formatter_;
    ClientFormatterSink client_formatter_;
    std::atomic<bool> is_stopping_{false};
    std::atomic<unsigned> last_lane_{0};
    std::mutex mutex_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::condition_variable stopping_;  // with mutex_
    RetryBudget retry_budget_;
    const std::shared_ptr<Waits> waits_ = std::make_shared<Waits>();
    ConnectionPool connections_;
    SessionKeeper sessions_{*this};
    const std::shared_ptr<ActivationQuotas> quotas_;
    const std::shared_ptr<HomeConnection> home_;
    CallbackThreads callback_threads_;
    CallbackThreads stream_threads_;
    StreamEngine engine_;  // last: its threads use the rest
};

}  // namespace remoting
