// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/channel_registry.hpp>
#include <remoting/channels/default_channels.hpp>
#include <remoting/dispatch/custom_errors.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/serialization/limits.hpp>
#include <remoting/sinks/byte_sink.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <chrono>
#include <string>

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
    ChannelRegistry channels = default_channels();
    MessageSinks message_sinks;
    ByteSinks byte_sinks;
    /// Who is told what this side's servants throw undeclared; on a client these are the objects it passed out.
    CustomErrors custom_errors = CustomErrors::on;
    /// Where that is said on this side, whoever else is told.
    Log log = log_to_stderr();
    /// These outlive the Client or Server and all proxies.
    const Clock* clock = &system_clock();
    RandomSource* random = &system_random();
};

struct ClientOptions : CommonOptions {};

struct ServerOptions : CommonOptions {
    /// Threads for incoming calls, at least 2. As many again may wait for requests in a blocking read.
    unsigned threads = 4;
    /// May prefix the URIs in clients' URLs: with "bank", both tcp://host:1/counter and tcp://host:1/bank/counter
    /// name the object "counter".
    std::string application_name;
};

}  // namespace remoting
