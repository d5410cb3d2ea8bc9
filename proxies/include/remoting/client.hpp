// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/options.hpp>
#include <remoting/proxies/objects.hpp>
#include <remoting/proxies/typed_values.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace remoting {

class World;

/// Calls objects of servers. Owns its connections, shared by endpoint, and one housekeeping thread from the first
/// connection on; incoming callbacks that no waiting thread takes get a thread of their own when the first one comes.
///
/// Threads: everything may be called from any thread. Lifetime: proxies may outlive their Client; their calls then
/// fail with shutting_down or object_not_found.
class Client final {
public:
    /// @throws RemotingError invalid_argument for options out of range
    explicit Client(ClientOptions options = {});
    /// Closes the connections: objects the client created go. Waits for callbacks that still run.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// A proxy of the object at "tcp://127.0.0.1:6100/counter"; .NET's Activator.GetObject. Nothing is sent yet:
    /// whether there is such an object, and of this interface, turns out at the first call.
    /// @throws RemotingError invalid_url
    template <GeneratedInterface T>
    std::shared_ptr<T> get_object(std::string_view url)
    {
        return cast_proxy<T>(get_object(InterfaceTraits<T>::descriptor(), url));
    }

    /// Makes an object on the server and is its owner: it goes with its last proxy, or when this client goes.
    /// .NET's Activator.CreateInstance. The URL names the server, "pipe://bank", and behind that the implementation
    /// where a server registered several by name: "pipe://bank/savings".
    /// @throws RemotingError type_not_allowed when the server does not offer T, activation_failed when its factory
    ///         threw, connect_failed ...; exceptions that T's constructor declares, as themselves
    template <GeneratedInterface T, class... A>
    std::shared_ptr<T> create_object(std::string_view url, A&&... arguments)
    {
        using Constructor = ConstructorValues<T, typename InterfaceTraits<T>::Constructor>;
        static_assert(Constructor::arity == sizeof...(A), "the IDL's constructor has another number of parameters");
        Constructor values(std::in_place, std::forward<A>(arguments)...);
        values.with_addresses(
            [&](Values addresses) { create_object(InterfaceTraits<T>::descriptor(), url, addresses); });
        return std::move(values.result());
    }

    /// The same for those who know an interface by its descriptor only, which outlives this client: see keep(). `values` are
    /// those of the interface's constructor.
    std::shared_ptr<RemoteObject> get_object(const InterfaceDescriptor& interface, std::string_view url);
    void create_object(const InterfaceDescriptor& interface, std::string_view url, Values values);
    /// Keeps what is made at run time and used by calls, such as descriptors, until this client and its proxies are gone.
    void keep(std::shared_ptr<const void> used);

    /// Closes all connections: calls under way end with shutting_down. Idempotent. Without effect on a Server's
    /// client(), whose connections end with the server.
    void close() noexcept;

private:
    friend class Server;
    explicit Client(std::shared_ptr<World> world);

    std::shared_ptr<World> world_;
    bool owns_world_;
};

}  // namespace remoting
