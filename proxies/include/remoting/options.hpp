// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_registry.hpp>
#include <remoting/channels/default_channels.hpp>
#include <remoting/dispatch/custom_errors.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/lifetime/lease_options.hpp>
#include <remoting/lifetime/tracking_handler.hpp>
#include <remoting/channels/connection.hpp>
#include <remoting/dispatch/servant_executor.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/retry_options.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/byte_sink.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace remoting {

/// What a Client and a Server have in common. Checked when they are made: a value out of range throws
/// RemotingError invalid_argument.
struct CommonOptions {
    Limits limits;
    /// For calls out; `infinite` has to be spelled. A call made while serving another one ends no later than that.
    Duration deadline = std::chrono::seconds(60);
    /// Threads that wait for bytes try again for up to 20 us before they sleep, where that has paid off lately. Both
    /// ends should have the same setting.
    bool adaptive_waiting = true;
    /// The user's own loop: then no thread is started, and everything happens on the threads that run it. A Client does not
    /// keep it running while no call is under way; a Server does until it is stopped. Null: threads of our own. Outlives the
    /// Client or Server and all proxies.
    boost::asio::io_context* io_context = nullptr;
    RetryOptions retry;
    /// How long a side whose connection was lost keeps what the other one holds of it, for the other to come back: then references
    /// go on working, in both directions. The shorter one of the two sides' counts. Meanwhile calls of the side that dialed are made again as
    /// `retry` says, those of the other side fail with connection_lost, `executed` no. A Client dials again by itself, at most
    /// every half second, unless it has an `io_context` of the user's: there the next call does. 0: what it holds goes with the
    /// connection.
    Duration session_grace = std::chrono::seconds(30);
    /// How many connections are opened to a server, 1 to 64. Each proxy keeps to one of them, in turns, so that its calls keep
    /// their order; each is a reading role of its own at both ends. A reference that was received over one is foreign to the others.
    unsigned connections_per_endpoint = 1;
    /// Told of each connection, in either direction, when its peer has said hello, and when it has ended and why. Called on
    /// whatever thread learns of it, which they must not hold up: no calls from here.
    std::function<void(const Connection&)> on_connected;
    std::function<void(const Connection&, ErrorCode code, const std::string& cause)> on_disconnected;
    /// Told when a session is over: what its two sides held of each other has been let go. By then the peer may have begun another
    /// one. @param session CurrentCall::session() of its calls
    std::function<void(std::uint64_t session)> on_session_ended;
    /// Told of objects that come and go, in this order.
    TrackingHandlers tracking_handlers;
    ChannelRegistry channels = default_channels();
    MessageSinks message_sinks;
    ByteSinks byte_sinks;
    /// Who is told what this side's servants throw undeclared; on a client these are the objects it passed out.
    CustomErrors custom_errors = CustomErrors::on;
    /// Where that is said on this side, whoever else is told.
    Log log = log_to_stderr();
    /// A call that has waited so long for its turn at a serialized object is told of there: for whom it waits, and,
    /// where calls of this side's objects wait for each other so that none can go on, the whole cycle. 0 or `infinite`:
    /// nothing is said.
    Duration long_wait = std::chrono::seconds(10);
    /// These outlive the Client or Server and all proxies.
    const Clock* clock = &system_clock();
    RandomSource* random = &system_random();
};

struct ClientOptions : CommonOptions {};

struct ServerOptions : CommonOptions {
    /// Threads for incoming calls, at least 2. As many again may wait for requests in a blocking read, and run what they read: up
    /// to twice as many servants run at once, and more where calls wait for nested ones.
    unsigned threads = 4;
    /// Of client-activated objects whose registration does not say.
    LeaseOptions lease;
    /// Where servants run whose registration does not say; see RegistrationOptions::executor.
    std::shared_ptr<ServantExecutor> executor;
    /// May prefix the URIs in clients' URLs: with "bank", both tcp://host:1/counter and tcp://host:1/bank/counter
    /// name the object "counter".
    std::string application_name;
    /// Whether clients may ask what objects there are, and what their interfaces are: the object "~describe" answers, and
    /// remoting/dynamic.hpp and remoting-call ask it.
    bool describes_objects = false;
};

}  // namespace remoting
