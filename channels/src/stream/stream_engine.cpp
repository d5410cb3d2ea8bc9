// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/stream_engine.hpp>

#include "stream_connection.hpp"
#include "stream_world.hpp"

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace remoting {

namespace {

/// For peers to take their last replies and close; a connection closed under unread bytes would lose them.
constexpr auto closing_grace = std::chrono::milliseconds(200);
/// For goodbyes, however short the deadline.
constexpr auto goodbye_grace = std::chrono::milliseconds(50);
/// Nobody tells of bytes that have left.
constexpr Duration drain_tick = std::chrono::milliseconds(10);
constexpr Duration own_loop_tick = std::chrono::milliseconds(1);

/// Work that is no call, and belongs to no chain.
class Work final : public WaitingCall {
public:
    explicit Work(std::function<void()> work) : work_(std::move(work)) {}

    const IncomingCall& call() const noexcept override { return none_; }
    std::unique_ptr<WaitingCall> run() override
    {
        work_();
        return nullptr;
    }

private:
    const std::function<void()> work_;
    const IncomingCall none_;
};

}  // namespace

StreamEngine::StreamEngine(const Options& options) : world_(std::make_unique<StreamWorld>(options)) {}

StreamEngine::~StreamEngine()
{
    stop(world_->clock.now());
    world_->reactor.join();
}

void StreamEngine::join() noexcept
{
    world_->reactor.join();
}

boost::asio::io_context& StreamEngine::io_context()
{
    return world_->reactor.io_context();
}

void StreamEngine::wake_at(TimePoint when)
{
    world_->reactor.wake_at(when);
}

void StreamEngine::run_on_worker(std::function<void()> work)
{
    world_->reactor.post(std::make_unique<Work>(std::move(work)));
}

void StreamEngine::start_workers(unsigned count)
{
    world_->reactor.start_workers(count);
}

std::shared_ptr<Connection> StreamEngine::open(std::unique_ptr<ByteStream> stream, std::string address,
                                               TimePoint deadline)
{
    if (world_->is_stopping) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping", {{}, {}, address});
    }
    world_->reactor.io_context();
    auto connection = std::make_shared<StreamConnection>(*world_, std::move(stream), std::move(address));
    connection->connect(deadline);
    if (world_->is_stopping) {  // stop() may have looked before this one was there
        connection->close(ErrorCode::shutting_down, "this side is stopping");
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping",
                            {{}, {}, connection->address()});
    }
    return connection;
}

void StreamEngine::run_apart(std::function<void()> work)
{
    world_->reactor.run_apart(std::move(work));
}

void StreamEngine::async_open(std::unique_ptr<ByteStream> stream, std::string address, TimePoint deadline,
                              Connected done)
{
    std::shared_ptr<StreamConnection> connection;
    try {
        if (world_->is_stopping) {
            throw RemotingError(ErrorCode::shutting_down, Executed::no, "this side is stopping", {{}, {}, address});
        }
        world_->reactor.io_context();
        connection = std::make_shared<StreamConnection>(*world_, std::move(stream), std::move(address));
    } catch (...) {
        done(std::current_exception(), nullptr);
        return;
    }
    connection->async_connect(deadline, std::move(done));
    if (world_->is_stopping) {  // stop() may have looked before this one was there
        connection->close(ErrorCode::shutting_down, "this side is stopping");
    }
}

void StreamEngine::accept(std::unique_ptr<ByteStream> stream, const std::string& /*local_url*/) noexcept
{
    try {
        if (world_->is_stopping || world_->unauthenticated >= world_->limits.unauthenticated_connections ||
            world_->reactor.connection_count() >= world_->limits.connections) {
            return;  // closes the stream
        }
        std::string address = stream->peer().address;
        std::make_shared<StreamConnection>(*world_, std::move(stream), std::move(address))->start_accepted();
    } catch (...) {
        // Out of memory or descriptors: the peer sees a closed connection.
    }
}

std::size_t StreamEngine::connection_count() const
{
    return world_->reactor.connection_count();
}

std::string StreamEngine::outstanding(const CallChain& chain) const
{
    StreamConnection::Outstanding innermost{{}, chain.depth};
    for (const auto& connection : world_->reactor.connections()) {
        connection->look_for_outstanding(chain.id, innermost);
    }
    return std::move(innermost.text);
}

StreamEngine::StopReport StreamEngine::stop(TimePoint deadline) noexcept
{
    StopReport report;
    world_->is_stopping = true;
    auto connections = world_->reactor.connections();
    for (const auto& connection : connections) {
        connection->say_goodbye();
    }
    // On the user's io_context perhaps nobody but this thread is there to read what the peers say.
    const bool reads = world_->reactor.is_external();
    const auto wait_for_all = [&](TimePoint until, auto predicate) {
        const Clock& clock = system_clock();  // the world's may stand still
        const TimePoint end = deadline_after(clock.now(), until - world_->clock.now());
        std::unique_lock lock(world_->drain_mutex);
        while (!std::ranges::all_of(connections, predicate) && clock.now() < end) {
            if (reads) {
                lock.unlock();
                world_->reactor.poll_ready();
                lock.lock();
            }
            world_->drained.wait_for(lock, std::min(end - clock.now(), reads ? own_loop_tick : drain_tick));
        }
    };
    wait_for_all(deadline, [](const auto& connection) { return connection->is_drained(); });
    // Writes do not wait, but the thread that makes one may.
    wait_for_all(deadline_after(world_->clock.now(), goodbye_grace),
                 [](const auto& connection) { return !connection->is_writing(); });
    wait_for_all(std::min(deadline, deadline_after(world_->clock.now(), closing_grace)),
                 [](const auto& connection) { return connection->is_closed(); });
    world_->has_stopped = true;
    for (const auto& connection : connections) {
        report.calls_cut += connection->is_closed() ? 0 : connection->running_calls();
    }
    // Connections that were made while the others drained are among these.
    for (const auto& connection : world_->reactor.connections()) {
        report.connections_closed += connection->is_closed() ? 0 : 1;
        connection->close(ErrorCode::shutting_down, "stopped");
    }
    world_->reactor.stop();
    return report;
}

}  // namespace remoting
