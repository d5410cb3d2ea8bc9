// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "agenda.hpp"
#include "wire.hpp"

#include <remoting/channels/channel_host.hpp>
#include <remoting/channels/channel_registry.hpp>
#include <remoting/channels/client_channel.hpp>
#include <remoting/channels/server_channel.hpp>

#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>

namespace remoting::test {

/// "sim://name": a channel whose connections are wires. Only asynchronous calls can use it, as nobody may wait.
class SimulatedNetwork final : public ClientChannel, public ServerChannel {
public:
    SimulatedNetwork(Agenda& agenda, const Weather& weather, std::mt19937_64& random)
        : agenda_(agenda),
          weather_(weather),
          random_(random)
    {
    }

    /// @throws RemotingError connect_failed, always
    std::shared_ptr<Connection> connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline) override;
    void async_connect(const ObjectUrl& url, ChannelHost& host, TimePoint deadline, Connected done) override;
    std::unique_ptr<Listener> listen(const ObjectUrl& url, ChannelHost& host) override;

    /// Takes what the streams have sent and delivers what is due.
    void run();
    TimePoint next() const;
    /// One of the wires, if there is any.
    void cut_one();
    std::size_t connections() const { return wires_.size(); }

private:
    class NameListener;
    struct Attempt {
        ObjectUrl url;
        ChannelHost& host;  ///< there as long as nobody was told
        TimePoint deadline;
        Connected done;
    };

    void arrive(const Attempt& attempt);
    void stay_silent(const std::shared_ptr<Attempt>& attempt);

    Agenda& agenda_;
    const Weather& weather_;
    std::mt19937_64& random_;
    std::list<Wire> wires_;
    std::map<std::string, ChannelHost*> hosts_;
};

}  // namespace remoting::test
