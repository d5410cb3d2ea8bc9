// SPDX-License-Identifier: BSL-1.0
#include "simulated_network.hpp"

#include "pair_stream.hpp"

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace remoting::test {

namespace {

void fail(const Connected& done, ErrorCode code, const std::string& why)
{
    done(std::make_exception_ptr(RemotingError(code, Executed::no, why)), nullptr);
}

}  // namespace

class SimulatedNetwork::NameListener final : public Listener {
public:
    NameListener(SimulatedNetwork& network, std::string name)
        : network_(network),
          name_(std::move(name)),
          url_("sim://" + name_)
    {
    }
    ~NameListener() override { network_.hosts_.erase(name_); }
    const std::string& url() const noexcept override { return url_; }

private:
    SimulatedNetwork& network_;
    const std::string name_;
    const std::string url_;
};

std::shared_ptr<Connection> SimulatedNetwork::connect(const ObjectUrl& url, ChannelHost&, TimePoint)
{
    throw RemotingError(ErrorCode::connect_failed, Executed::no,
                        "nobody may wait for a connection to '" + url.host + "'");
}

void SimulatedNetwork::async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done)
{
    const auto attempt = std::make_shared<Attempt>(Attempt{url, host, deadline, std::move(done)});
    const auto fate = random_() % 1000;
    agenda_.after(weather_.most_delay, [this, attempt, fate] {
        if (fate < weather_.silences) {
            stay_silent(attempt);
        } else if (fate < weather_.silences + weather_.refusals) {
            fail(attempt->done, ErrorCode::connect_failed, "refused");
        } else {
            arrive(*attempt);
        }
    });
}

void SimulatedNetwork::stay_silent(const std::shared_ptr<Attempt>& attempt)
{
    if (attempt->host.is_stopping()) {
        fail(attempt->done, ErrorCode::shutting_down, "this side is stopping");
    } else if (virtual_time::now() >= attempt->deadline) {
        fail(attempt->done, ErrorCode::deadline_exceeded, "no answer");
    } else {
        agenda_.at(std::min(attempt->deadline, virtual_time::now() + ChannelHost::stop_tick),
                   [this, attempt] { stay_silent(attempt); });
    }
}

void SimulatedNetwork::arrive(const Attempt& attempt)
{
    const auto found = hosts_.find(attempt.url.host);
    if (found == hosts_.end()) {
        fail(attempt.done, ErrorCode::connect_failed, "nobody listens on '" + attempt.url.host + "'");
        return;
    }
    const auto [near, near_end] = make_descriptor_pair();
    const auto [far, far_end] = make_descriptor_pair();
    wires_.emplace_back(near_end, far_end, weather_, random_);
    found->second->accept(std::make_unique<PairStream>(far), "sim://" + attempt.url.host);
    attempt.host.async_open(std::make_unique<PairStream>(near), attempt.url, attempt.deadline, attempt.done);
}

std::unique_ptr<Listener> SimulatedNetwork::listen(const ObjectUrl& url, ChannelHost& host)
{
    if (!hosts_.emplace(url.host, &host).second) {
        throw RemotingError(ErrorCode::name_in_use, Executed::no, "'" + url.host + "' is listened on already");
    }
    return std::make_unique<NameListener>(*this, url.host);
}

void SimulatedNetwork::run()
{
    for (Wire& wire : wires_) {
        wire.run();
    }
    std::erase_if(wires_, [](const Wire& wire) { return wire.has_ended(); });
}

TimePoint SimulatedNetwork::next() const
{
    TimePoint next = TimePoint::max();
    for (const Wire& wire : wires_) {
        next = std::min(next, wire.next());
    }
    return next;
}

void SimulatedNetwork::cut_one()
{
    if (!wires_.empty()) {
        std::next(wires_.begin(), static_cast<std::ptrdiff_t>(random_() % wires_.size()))->cut();
    }
}

}  // namespace remoting::test
