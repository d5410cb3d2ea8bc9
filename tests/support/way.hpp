// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "temporary_directory.hpp"

#include <remoting/channels/local_network.hpp>
#include <remoting/client.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

namespace remoting::test {

/// How a caller reaches an object.
enum class Way { local, tcp, pipe, inproc };

inline std::ostream& operator<<(std::ostream& stream, Way way)
{
    constexpr const char* names[] = {"local", "tcp", "pipe", "inproc"};
    return stream << names[static_cast<int>(way)];
}

inline std::string name_of(const testing::TestParamInfo<Way>& info)
{
    return testing::PrintToString(info.param);
}

/// Without the local instance: what concerns connections, servers and errors of the runtime.
inline auto every_channel()
{
    return testing::Values(Way::tcp, Way::pipe, Way::inproc);
}
inline auto every_way()
{
    return testing::Values(Way::local, Way::tcp, Way::pipe, Way::inproc);
}

/// Where servers of one test listen and clients find them; nothing of it is seen by other tests. Outlives both.
class Place final {
public:
    explicit Place(Way way) : way_(way) {}

    /// An address that nobody uses. For pipe and inproc a new name each time.
    std::string free_address()
    {
        const std::string name = "server" + std::to_string(++count_);
        switch (way_) {
            case Way::tcp:
                return "tcp://127.0.0.1:0";
            case Way::pipe:
                return "pipe://" + name + "?directory=" + directory_.path();
            default:
                return "inproc://" + name;
        }
    }
    ServerOptions server_options() const
    {
        ServerOptions options;
        options.channels = default_channels(network_);
        return options;
    }
    ClientOptions client_options() const
    {
        ClientOptions options;
        options.channels = default_channels(network_);
        return options;
    }
    Way way() const noexcept { return way_; }

private:
    Way way_;
    TemporaryDirectory directory_;
    std::shared_ptr<LocalNetwork> network_ = std::make_shared<LocalNetwork>();
    std::atomic<int> count_ = 0;
};

/// "tcp://host:1" and "counter" make "tcp://host:1/counter", in front of options.
inline std::string at(const std::string& server, const std::string& object)
{
    const auto options = server.find('?');
    return options == std::string::npos ? server + "/" + object
                                        : server.substr(0, options) + "/" + object + server.substr(options);
}

/// A server that listens and a client, made with options a test has changed.
class Rig final {
public:
    explicit Rig(Place& place) : Rig(place, place.server_options(), place.client_options()) {}
    Rig(Place& place, ServerOptions server_options, ClientOptions client_options)
        : server_(std::make_unique<Server>(std::move(server_options))),
          url_(server_->listen(place.free_address())),
          client_(std::make_unique<Client>(std::move(client_options)))
    {
    }

    Server& server() noexcept { return *server_; }
    Client& client() noexcept { return *client_; }
    const std::string& url() const noexcept { return url_; }
    std::string url_of(const std::string& object) const { return at(url_, object); }
    void destroy_server() { server_.reset(); }
    void destroy_client() { client_.reset(); }

    /// A proxy of `servant`, which is published here.
    template <class T>
    std::shared_ptr<T> serve(std::shared_ptr<T> servant, RegistrationOptions options = {})
    {
        const std::string uri = "object" + std::to_string(++count_);
        server_->publish<T>(uri, std::move(servant), std::move(options));
        return client_->get_object<T>(url_of(uri));
    }

private:
    std::unique_ptr<Server> server_;
    std::string url_;
    std::unique_ptr<Client> client_;
    int count_ = 0;
};

/// A test of what holds for every channel. The rig is made when it is first asked for.
class ChannelTest : public testing::TestWithParam<Way> {
protected:
    /// Servants end before the members of derived classes, which they may use, do.
    void TearDown() override { rig_.reset(); }

    Place& place() noexcept { return place_; }
    Rig& rig()
    {
        if (!rig_) {
            rig_.emplace(place_);
        }
        return *rig_;
    }
    Rig& rig(ServerOptions server_options, ClientOptions client_options)
    {
        return rig_.emplace(place_, std::move(server_options), std::move(client_options));
    }

private:
    Place place_{GetParam()};
    std::optional<Rig> rig_;
};

/// A test of what holds for local instances too.
class WayTest : public ChannelTest {
protected:
    template <class T>
    std::shared_ptr<T> serve(std::shared_ptr<T> servant)
    {
        return GetParam() == Way::local ? servant : rig().serve(std::move(servant));
    }
};

}  // namespace remoting::test
