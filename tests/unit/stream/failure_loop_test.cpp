// SPDX-License-Identifier: BSL-1.0
#include "faulty_stream.hpp"
#include "open_descriptors.hpp"
#include "probe.remoting.async.hpp"
#include "probe_servant.hpp"
#include "waiting.hpp"
#include "wrapping_channel.hpp"

#include <remoting/client.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/server.hpp>

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

// One exchange, of all kinds of messages, again and again: in the n-th run the n-th read or write of the connection
// fails, stalls, or moves a single byte, until there is a run that gets through before the fault strikes.

namespace remoting::test {

namespace {

constexpr auto deadline = std::chrono::seconds(10);

enum class Side : std::uint8_t { client, server };
enum class Way : std::uint8_t { reads, writes };
/// Whether a thread waits in each call, or none: then the calls are started, and a future is told.
enum class Style : std::uint8_t { waiting, started };

/// What became of one step, and what its servant's counter should have to say about it.
struct Outcome {
    std::string step;
    std::optional<RemotingError> error;
    std::string other_exception;
    std::function<int()> executions;
    std::chrono::nanoseconds elapsed{};
};

class Exchange final {
public:
    Exchange(Side side, const std::shared_ptr<FaultPlan>& plan)
    {
        auto wrap = [plan, is_first = true](std::unique_ptr<ByteStream> stream) mutable -> std::unique_ptr<ByteStream> {
            if (!std::exchange(is_first, false)) {
                return stream;  // a second attempt finds a sound connection
            }
            return std::make_unique<FaultyStream>(std::move(stream), plan);
        };
        (side == Side::client ? channel_->wrap_client : channel_->wrap_server) = wrap;
        ServerOptions server_options;
        server_options.channels = registry_of(channel_);
        server_options.threads = 2;
        server_options.deadline = deadline;
        server_options.session_grace = Duration::zero();  // what a connection held goes with it
        server_.emplace(std::move(server_options));
        server_->publish<probe::Probe>("probe", servant_);
        server_->register_activated<probe::Session>([this](std::string name) {
            ++sessions_made_;
            return std::make_shared<SessionServant>(std::move(name));
        });
        server_->listen("test://server");
        ClientOptions client_options;
        client_options.channels = registry_of(channel_);
        client_options.deadline = deadline;
        client_.emplace(std::move(client_options));
    }

    void run(std::size_t large, Style style)
    {
        const auto probe = client_->get_object<probe::Probe>("test://server/probe");
        const bool waits = style == Style::waiting;
        const auto& future = boost::asio::use_future;
        step(
            "Add", [this] { return servant_->adds.load(); },
            [&] { EXPECT_EQ(waits ? probe->Add(2, 3) : probe->async_Add(2, 3, future).get(), 5); });
        step(
            "Ask", [this] { return servant_->asks.load(); },
            [&] { EXPECT_EQ(waits ? probe->Ask(watcher_, 20) : probe->async_Ask(watcher_, 20, future).get(), 41); });
        std::shared_ptr<probe::Session> session;
        step(
            "create", [this] { return sessions_made_.load(); },
            [&] { session = client_->create_object<probe::Session>("test://server", "name"); });
        if (session != nullptr) {
            step("Name", nullptr, [&] { EXPECT_EQ(waits ? session->Name() : session->async_Name(future).get(), "name"); });
            session.reset();
        }
        step("Post", nullptr, [&] { waits ? probe->Post(1) : probe->async_Post(1, future).get(); });
        step(
            "Run", [this] { return servant_->runs.load(); },
            [&] { EXPECT_EQ(waits ? probe->Run(7) : probe->async_Run(7, future).get(), 7); });
        step(
            "Echo", [this] { return servant_->echoes.load(); },
            [&] {
                const Bytes content(large, std::byte{0x5a});
                EXPECT_EQ(waits ? probe->Echo(content) : probe->async_Echo(content, future).get(), content);
            });
        step(
            "Refuse", [this] { return servant_->refusals.load(); },
            [&] {
                try {
                    waits ? probe->Refuse("no") : probe->async_Refuse("no", future).get();
                    ADD_FAILURE() << "was not refused";
                } catch (const probe::Forbidden& refusal) {
                    EXPECT_EQ(refusal.level, 3);
                }
            });
        client_->close();
    }

    /// After this nothing runs any more, so that counters are final.
    void end()
    {
        client_.reset();
        server_.reset();
    }

    const std::vector<Outcome>& outcomes() const { return outcomes_; }
    int posts() const { return servant_->posts; }
    int changes() const { return watcher_->changes; }
    /// Who else holds the objects of this exchange; nobody may, once it has ended.
    long held_elsewhere() const { return servant_.use_count() + watcher_.use_count() - 2; }

private:
    template <class F>
    void step(const std::string& name, std::function<int()> executions, F call)
    {
        Outcome outcome{name, {}, {}, std::move(executions), {}};
        const auto start = std::chrono::steady_clock::now();
        try {
            call();
        } catch (const RemotingError& error) {
            outcome.error = error;
        } catch (const std::exception& error) {
            outcome.other_exception = error.what();
        }
        outcome.elapsed = std::chrono::steady_clock::now() - start;
        outcomes_.push_back(std::move(outcome));
    }

    const std::shared_ptr<WrappingChannel> channel_ = std::make_shared<WrappingChannel>();
    const std::shared_ptr<ProbeServant> servant_ = std::make_shared<ProbeServant>();
    const std::shared_ptr<WatcherServant> watcher_ = std::make_shared<WatcherServant>();
    std::atomic<int> sessions_made_{0};
    std::vector<Outcome> outcomes_;
    std::optional<Server> server_;
    std::optional<Client> client_;
};

void check(const Outcome& outcome, bool may_fail)
{
    EXPECT_TRUE(outcome.other_exception.empty()) << outcome.step << ": " << outcome.other_exception;
    EXPECT_LT(outcome.elapsed, deadline) << outcome.step;
    const int executions = outcome.executions ? outcome.executions() : -1;
    if (!outcome.error) {
        EXPECT_TRUE(executions == 1 || executions == -1) << outcome.step << " ran " << executions << " times";
        return;
    }
    const RemotingError& error = *outcome.error;
    EXPECT_TRUE(may_fail) << outcome.step << ": " << error.what();
    EXPECT_TRUE(error.code() == ErrorCode::connection_lost || error.code() == ErrorCode::connect_failed ||
                error.code() == ErrorCode::object_not_found || error.code() == ErrorCode::shutting_down)
        << error.what();
    EXPECT_FALSE(error.method().empty()) << error.what();
    EXPECT_FALSE(error.address().empty()) << error.what();
    if (executions == -1) {
        return;
    }
    EXPECT_LE(executions, 1) << outcome.step << " ran again: " << error.what();
    if (error.executed() == Executed::no) {
        EXPECT_EQ(executions, 0) << outcome.step << ": " << error.what();
    } else if (error.executed() == Executed::yes) {
        EXPECT_EQ(executions, 1) << outcome.step << ": " << error.what();
    }
}

class FailureLoop : public testing::TestWithParam<std::tuple<Fault, Side, Way, Style>> {};

std::string name_of(const testing::TestParamInfo<FailureLoop::ParamType>& tested)
{
    const auto [fault, side, way, style] = tested.param;
    const std::string what = fault == Fault::error         ? "Errors"
                             : fault == Fault::close       ? "Ends"
                             : fault == Fault::would_block ? "Stalls"
                                                           : "SingleBytes";
    return what + (way == Way::reads ? "InReadsOf" : "InWritesOf") + (side == Side::client ? "TheClient" : "TheServer") +
           (style == Style::waiting ? "" : "WhereNobodyWaits");
}

}  // namespace

TEST_P(FailureLoop, GivesATypedErrorWithTheRightExecutedAtEveryPlace)
{
    const auto [fault, side, way, style] = GetParam();
    const bool may_fail = fault == Fault::error || fault == Fault::close;
    const std::size_t large = fault == Fault::chop ? std::size_t{3000} : std::size_t{1} << 20U;
    Exchange(side, std::make_shared<FaultPlan>()).run(large, style);  // what is made once for each thread
    const std::ptrdiff_t descriptors = open_descriptors();
    int position = 0;
    bool has_struck = true;
    for (; has_struck && !HasFailure(); ++position) {
        SCOPED_TRACE("operation " + std::to_string(position + 1));
        const auto plan = std::make_shared<FaultPlan>();
        plan->fault = fault;
        plan->in_writes = way == Way::writes;
        plan->position = position + 1;
        {
            Exchange exchange(side, plan);
            exchange.run(large, style);
            exchange.end();
            for (const Outcome& outcome : exchange.outcomes()) {
                check(outcome, may_fail);
            }
            EXPECT_LE(exchange.posts(), 1);
            EXPECT_LE(exchange.changes(), 1);
            // A future is told before the thread that tells it has let go of the arguments.
            EXPECT_TRUE(eventually([&] { return exchange.held_elsewhere() == 0; }));
            EXPECT_TRUE(may_fail || exchange.posts() == 1);
        }
        EXPECT_EQ(SessionServant::alive, 0);
        has_struck = plan->has_struck;
    }
    RecordProperty("operations", position);
    EXPECT_GT(position, 8) << "the exchange has become shorter than what it is to cover";
    EXPECT_LE(open_descriptors(), descriptors + 1);  // this thread's own, for waits that others may end
}

std::string name_of_cut(const testing::TestParamInfo<std::tuple<Side, Way, Style>>& tested)
{
    const auto [side, way, style] = tested.param;
    return std::string(way == Way::reads ? "ReadsOf" : "WritesOf") + (side == Side::client ? "TheClient" : "TheServer") +
           (style == Style::waiting ? "" : "WhereNobodyWaits");
}

class CutAfterEachByte : public testing::TestWithParam<std::tuple<Side, Way, Style>> {
protected:
    /// Runs the exchange with a cut after `k` bytes; false when it had come to its end before.
    static bool run(std::int64_t k, std::size_t large)
    {
        SCOPED_TRACE("cut after " + std::to_string(k) + " bytes");
        const auto [side, way, style] = GetParam();
        const auto plan = std::make_shared<FaultPlan>();
        plan->fault = Fault::cut;
        plan->in_writes = way == Way::writes;
        plan->position = k;
        {
            Exchange exchange(side, plan);
            exchange.run(large, style);
            EXPECT_TRUE(eventually([] { return SessionServant::alive == 0; })) << "the server keeps a client's object";
            exchange.end();
            for (const Outcome& outcome : exchange.outcomes()) {
                check(outcome, true);
            }
            EXPECT_LE(exchange.posts(), 1);
            EXPECT_LE(exchange.changes(), 1);
            // A future is told before the thread that tells it has let go of the arguments.
            EXPECT_TRUE(eventually([&] { return exchange.held_elsewhere() == 0; }));
        }
        EXPECT_EQ(SessionServant::alive, 0);
        return plan->has_struck;
    }
};

TEST_P(CutAfterEachByte, GivesATypedErrorWithTheRightExecuted)
{
    run(std::numeric_limits<std::int64_t>::max(), 10);  // what is made once for each thread
    const std::ptrdiff_t descriptors = open_descriptors();
    std::int64_t k = 0;
    while (!HasFailure() && run(k, 10)) {
        ++k;
    }
    EXPECT_GT(k, 300) << "the exchange has become shorter than what it is to cover";
    EXPECT_LE(open_descriptors(), descriptors + 1);
}

TEST_P(CutAfterEachByte, AlsoAmongThePiecesOfLongMessages)
{
    constexpr std::int64_t step = 19'997;
    std::int64_t k = 1;
    while (!HasFailure() && run(k, 700'000)) {
        k += step;
    }
    EXPECT_GT(k, 600'000);
}

INSTANTIATE_TEST_SUITE_P(Faults, FailureLoop,
                         testing::Combine(testing::Values(Fault::error, Fault::close, Fault::would_block, Fault::chop),
                                          testing::Values(Side::client, Side::server),
                                          testing::Values(Way::reads, Way::writes),
                                          testing::Values(Style::waiting, Style::started)),
                         name_of);

INSTANTIATE_TEST_SUITE_P(Faults, CutAfterEachByte,
                         testing::Combine(testing::Values(Side::client, Side::server), testing::Values(Way::reads, Way::writes),
                                          testing::Values(Style::waiting, Style::started)),
                         name_of_cut);

}  // namespace remoting::test
