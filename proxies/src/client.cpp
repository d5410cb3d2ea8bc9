// SPDX-License-Identifier: BSL-1.0
#include <remoting/client.hpp>

#include "remote_reference.hpp"
#include "world.hpp"

#include <remoting/proxies/proxy_target.hpp>

#include <chrono>
#include <utility>

namespace remoting {

namespace {

/// For peers to close their side, so that nothing on its way to them is lost.
constexpr auto goodbye_time = std::chrono::milliseconds(200);

}  // namespace

Client::Client(ClientOptions options)
    : world_(std::make_shared<World>(std::move(options), 1U, false)), owns_world_(true)
{
}

Client::Client(std::shared_ptr<World> world) : world_(std::move(world)), owns_world_(false) {}

Client::~Client()
{
    if (owns_world_) {
        close();
        world_->engine().join();
        world_->stop_threads();
    }
}

void Client::close() noexcept
{
    if (!owns_world_) {
        return;
    }
    world_->stop(deadline_after(world_->clock().now(), goodbye_time));
}

std::shared_ptr<RemoteObject> Client::get_object(const InterfaceDescriptor& interface, std::string_view url)
{
    ObjectUrl parsed = ObjectUrl::parse(url);
    std::string uri = world_->channels().client(parsed.scheme).object_of(parsed, interface);
    return interface.make_proxy(
        ProxyTarget(std::make_shared<RemoteReference>(world_, std::move(parsed), std::move(uri))), interface);
}

void Client::create_object(const InterfaceDescriptor& interface, std::string_view url, Values values)
{
    ObjectUrl parsed = ObjectUrl::parse(url);
    std::string uri = activation_uri("", parsed.object);
    RemoteReference type(world_, std::move(parsed), std::move(uri));
    type.call(interface, *interface.constructor, values, {});
}

void Client::keep(std::shared_ptr<const void> used)
{
    world_->keep(std::move(used));
}

}  // namespace remoting
