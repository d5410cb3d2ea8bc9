// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/activation/activator.hpp>
#include <remoting/activation/registration_options.hpp>
#include <remoting/client.hpp>
#include <remoting/lease.hpp>
#include <remoting/options.hpp>
#include <remoting/proxies/typed_values.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace remoting {

/// Implements T, or its TAsync or TDeferred; which of those is found out when an instance is made.
template <class Servant, class T>
concept ServantOf = std::derived_from<Servant, T> || std::derived_from<Servant, AsyncServant>;

/// What stop() had to cut.
struct StopReport {
    std::size_t connections_closed = 0;
    std::size_t calls_cut = 0;  ///< calls that were still running at the deadline; their callers got an error
};

/// Hosts objects. Register what it offers, listen, and it serves from its own threads; run() only waits.
///
/// Threads: everything may be called from any thread, also while serving. Factories and servants are called on the
/// server's threads, factories never two at once for one Singleton.
/// Errors: RemotingError; name_in_use where a name is registered already.
class Server final {
public:
    /// @throws RemotingError invalid_argument for options out of range
    explicit Server(ServerOptions options = {});
    /// Stops at once and waits for servants that still run, saying so on stderr each second.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens on "tcp://127.0.0.1:6100", "pipe://bank" and others, any number of them. Returns the URL clients
    /// use, in which port 0 is resolved.
    /// @throws RemotingError address_in_use, name_in_use, permission_denied, invalid_url
    std::string listen(std::string_view url);

    /// One instance for all clients, made by `factory` at the first call. @param factory gives a shared_ptr to a T
    template <GeneratedInterface T, std::invocable F>
    void register_singleton(std::string_view uri, F factory, RegistrationOptions options = {})
    {
        register_object(InterfaceTraits<T>::descriptor(), uri, ActivationMode::singleton, erase(std::move(factory)),
                        options);
    }
    template <GeneratedInterface T, ServantOf<T> Servant>
        requires std::default_initializable<Servant>
    void register_singleton(std::string_view uri, RegistrationOptions options = {})
    {
        register_singleton<T>(uri, [] { return std::make_shared<Servant>(); }, options);
    }

    /// A new instance for each call.
    template <GeneratedInterface T, std::invocable F>
    void register_single_call(std::string_view uri, F factory, RegistrationOptions options = {})
    {
        register_object(InterfaceTraits<T>::descriptor(), uri, ActivationMode::single_call, erase(std::move(factory)),
                        options);
    }
    template <GeneratedInterface T, ServantOf<T> Servant>
        requires std::default_initializable<Servant>
    void register_single_call(std::string_view uri, RegistrationOptions options = {})
    {
        register_single_call<T>(uri, [] { return std::make_shared<Servant>(); }, options);
    }

    /// An instance for each client's session, made at its first call, gone when that ends (CommonOptions::session_grace). A client
    /// with several connections to the server has as many sessions.
    template <GeneratedInterface T, std::invocable F>
    void register_per_connection(std::string_view uri, F factory, RegistrationOptions options = {})
    {
        register_object(InterfaceTraits<T>::descriptor(), uri, ActivationMode::per_connection,
                        erase(std::move(factory)), options);
    }
    template <GeneratedInterface T, ServantOf<T> Servant>
        requires std::default_initializable<Servant>
    void register_per_connection(std::string_view uri, RegistrationOptions options = {})
    {
        register_per_connection<T>(uri, [] { return std::make_shared<Servant>(); }, options);
    }
    /// An instance for each principal: the user at the other end of a pipe, the host of a TCP peer. It stays until it is
    /// withdrawn or its lease, if `options` give it one, has ended; the principal's next call makes another one then.
    template <GeneratedInterface T, std::invocable F>
    void register_per_principal(std::string_view uri, F factory, RegistrationOptions options = {})
    {
        register_object(InterfaceTraits<T>::descriptor(), uri, ActivationMode::per_principal, erase(std::move(factory)),
                        options);
    }

    template <GeneratedInterface T, ServantOf<T> Servant>
        requires std::default_initializable<Servant>
    void register_per_principal(std::string_view uri, RegistrationOptions options = {})
    {
        register_per_principal<T>(uri, [] { return std::make_shared<Servant>(); }, options);
    }

    /// One servant for all objects of a category that have no registration of their own: "files/*" are all whose URI begins
    /// with "files/"; the narrowest category counts. current_call()->object tells which one is called. Serialized, all
    /// of them take turns together.
    template <GeneratedInterface T>
    void register_default_servant(std::string_view category, std::shared_ptr<T> servant, RegistrationOptions options = {})
    {
        register_default_servant(InterfaceTraits<T>::descriptor(), category, std::move(servant), options);
    }
    template <GeneratedInterface T, std::derived_from<AsyncServant> Servant>
    void register_default_servant(std::string_view category, std::shared_ptr<Servant> servant,
                                  RegistrationOptions options = {})
    {
        register_default_servant(InterfaceTraits<T>::descriptor(), category, std::move(servant), options);
    }
    /// The same with a servant for each call, which `locator` supplies.
    template <GeneratedInterface T>
    void register_locator(std::string_view category, std::shared_ptr<ServantLocator> locator,
                          RegistrationOptions options = {})
    {
        register_locator(InterfaceTraits<T>::descriptor(), category, std::move(locator), options);
    }

    /// Clients may create objects of T. @param factory takes the parameters of T's constructor and gives a
    /// shared_ptr to a T, or to a TAsync or TDeferred. @param name distinguishes several implementations; clients put it behind the server's URL
    template <GeneratedInterface T, class F>
        requires(ConstructorValues<T, typename InterfaceTraits<T>::Constructor>::template accepts<F>)
    void register_activated(F factory, std::string_view name = {}, RegistrationOptions options = {})
    {
        using Constructor = ConstructorValues<T, typename InterfaceTraits<T>::Constructor>;
        register_activated(
            InterfaceTraits<T>::descriptor(), name, options,
            [this, factory = std::move(factory), options](ServerCall& call) mutable {
                Constructor values;
                values.with_addresses([&](Values addresses) {
                    activate(
                        InterfaceTraits<T>::descriptor(), call, addresses, options,
                        [&] { return values.construct(factory); },
                        [&](const std::shared_ptr<RemoteObject>& object) { values.result() = cast_proxy<T>(object); });
                });
            });
    }
    template <GeneratedInterface T, ServantOf<T> Servant>
    void register_activated(std::string_view name = {}, RegistrationOptions options = {})
    {
        register_activated<T>(
            []<class... A>(A&&... arguments) requires std::constructible_from<Servant, A...> {
                return std::make_shared<Servant>(std::forward<A>(arguments)...);
            },
            name, options);
    }

    /// Hosts the given instance until it is withdrawn.
    template <GeneratedInterface T>
    void publish(std::string_view uri, std::shared_ptr<T> object, RegistrationOptions options = {})
    {
        publish(InterfaceTraits<T>::descriptor(), uri, std::move(object), options);
    }
    template <GeneratedInterface T, std::derived_from<AsyncServant> Servant>
    void publish(std::string_view uri, std::shared_ptr<Servant> object, RegistrationOptions options = {})
    {
        publish(InterfaceTraits<T>::descriptor(), uri, std::move(object), options);
    }

    /// Takes an object out by its URI: running calls end normally, later ones get object_not_found.
    /// False when there was none.
    bool withdraw(std::string_view uri);

    /// The lease of an object by its URI, or of a servant of this server, which may ask from inside a call.
    /// @throws RemotingError object_not_found for an instance that is no object here
    Lease lease_of(std::string_view uri) const;
    Lease lease_of(const RemoteObject& servant) const;

    /// For calls to others, from servants or elsewhere: same threads, same objects, so that calls and callbacks
    /// belong together.
    Client& client() noexcept { return client_; }

    /// Waits until stop() is called by another thread or a signal that stop_on_signals() asked for.
    void run();
    /// SIGINT and SIGTERM stop the server: run() drains it (Limits::drain) and returns.
    void stop_on_signals();
    /// Says goodbye to clients, lets running calls end and their replies leave until `deadline` from now, closes. Calls
    /// that still wait for their turn then are not run any more. Returns within the deadline + 250 ms, whatever the
    /// servants do. Idempotent; from a servant too, whose own call is then cut.
    StopReport stop(Duration deadline);
    /// stop(Limits::drain)
    StopReport stop();

private:
    template <class F>
    static ServantFactory erase(F factory)
    {
        return [factory = std::move(factory)]() mutable -> std::shared_ptr<RemoteObject> { return factory(); };
    }

    void register_object(const InterfaceDescriptor& interface, std::string_view uri, ActivationMode mode,
                         ServantFactory factory, RegistrationOptions options);
    void register_object(const InterfaceDescriptor& interface, std::string_view uri,
                         std::unique_ptr<Activator> activator, RegistrationOptions options);
    void register_default_servant(const InterfaceDescriptor& interface, std::string_view category,
                                  std::shared_ptr<RemoteObject> servant, RegistrationOptions options);
    void register_locator(const InterfaceDescriptor& interface, std::string_view category,
                          std::shared_ptr<ServantLocator> locator, RegistrationOptions options);
    void register_activated(const InterfaceDescriptor& interface, std::string_view name,
                            const RegistrationOptions& options, std::function<void(ServerCall&)> construct);
    void activate(const InterfaceDescriptor& interface, ServerCall& call, Values values, RegistrationOptions options,
                  FunctionRef<std::shared_ptr<RemoteObject>()> factory,
                  FunctionRef<void(const std::shared_ptr<RemoteObject>&)> set_result);
    void publish(const InterfaceDescriptor& interface, std::string_view uri, std::shared_ptr<RemoteObject> object,
                 RegistrationOptions options);

    struct Lifecycle;

    std::shared_ptr<World> world_;
    std::shared_ptr<Lifecycle> lifecycle_;
    Client client_;
};

}  // namespace remoting
