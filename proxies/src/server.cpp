// SPDX-License-Identifier: BSL-1.0
#include <remoting/server.hpp>

#include "description_keeper.hpp"
#include "lease_keeper.hpp"
#include "world.hpp"

#include <remoting/errors/exceptions.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>

namespace remoting {

struct Server::Lifecycle {
    Lifecycle(std::shared_ptr<ServantExecutor> default_executor, const LeaseOptions& default_lease)
        : executor(std::move(default_executor)), lease(default_lease)
    {
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool is_asked_to_stop = false;
    bool has_stopped = false;
    std::optional<boost::asio::signal_set> signals;
    const std::shared_ptr<ServantExecutor> executor;
    const LeaseOptions lease;

    RegistrationOptions complete(RegistrationOptions options) const
    {
        if (options.executor == nullptr) {
            options.executor = executor;
        }
        return options;
    }

    void ask_to_stop()
    {
        const std::lock_guard lock(mutex);
        is_asked_to_stop = true;
        changed.notify_all();
    }
};

namespace {

std::unique_ptr<Activator> make_activator(const InterfaceDescriptor& interface, ActivationMode mode,
                                          ServantFactory factory)
{
    switch (mode) {
        case ActivationMode::singleton:
            return make_singleton_activator(interface, std::move(factory));
        case ActivationMode::per_connection:
        case ActivationMode::per_principal:
            return make_individual_activator(interface, std::move(factory), mode);
        default:
            return make_single_call_activator(interface, std::move(factory));
    }
}

template <class T>
void add_own(ObjectTable& objects, std::string_view uri, std::shared_ptr<T> object)
{
    const InterfaceDescriptor& interface = InterfaceTraits<T>::descriptor();
    objects.add_own(std::make_shared<ObjectEntry>(
        std::string(uri), interface, make_instance_activator(interface, std::move(object), ActivationMode::published),
        RegistrationOptions{Concurrency::concurrent}));
}

std::shared_ptr<World> make_world(const ServerOptions& options)
{
    if (options.threads < 2) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "a server needs at least 2 threads");
    }
    auto world = std::make_shared<World>(options, options.threads, true);
    world->objects().set_application_name(options.application_name);
    options.lease.validate();
    add_own<remoting_::LeaseService>(world->objects(), lease_service_uri, std::make_shared<LeaseKeeper>(*world));
    if (options.describes_objects) {
        add_own<remoting_::DescriptionService>(world->objects(), description_service_uri,
                                               std::make_shared<DescriptionKeeper>(world->objects()));
    }
    world->engine().start_workers(options.threads);
    if (options.io_context != nullptr) {
        world->engine().io_context();  // from now on it has work, whatever the channels do
    }
    return world;
}

}  // namespace

Server::Server(ServerOptions options)
    : world_(make_world(options)),
      lifecycle_(std::make_shared<Lifecycle>(std::move(options.executor), options.lease)),
      client_(world_)
{
}

Server::~Server()
{
    stop(Duration::zero());
    world_->engine().join();
    lifecycle_->signals.reset();
    world_->objects().clear();  // before the threads: what objects keep of their io_context must not outlive it
    world_->stop_threads();
}

std::string Server::listen(std::string_view url)
{
    return world_->listen(url);
}

void Server::register_object(const InterfaceDescriptor& interface, std::string_view uri, ActivationMode mode,
                             ServantFactory factory, RegistrationOptions options)
{
    register_object(interface, uri, make_activator(interface, mode, std::move(factory)), std::move(options));
}

void Server::register_object(const InterfaceDescriptor& interface, std::string_view uri,
                             std::unique_ptr<Activator> activator, RegistrationOptions options)
{
    world_->objects().add(std::make_shared<ObjectEntry>(std::string(uri), interface, std::move(activator),
                                                        lifecycle_->complete(std::move(options))));
}

void Server::register_default_servant(const InterfaceDescriptor& interface, std::string_view category,
                                      std::shared_ptr<RemoteObject> servant, RegistrationOptions options)
{
    register_object(interface, category, make_default_servant_activator(interface, std::move(servant)),
                    std::move(options));
}

void Server::register_locator(const InterfaceDescriptor& interface, std::string_view category,
                              std::shared_ptr<ServantLocator> locator, RegistrationOptions options)
{
    register_object(interface, category, make_locator_activator(interface, std::move(locator)), std::move(options));
}

void Server::register_activated(const InterfaceDescriptor& interface, std::string_view name,
                                const RegistrationOptions& options, std::function<void(ServerCall&)> construct)
{
    options.lease.value_or(lifecycle_->lease).validate();
    world_->objects().add_activated_type(interface, name, std::move(construct));
}

void Server::activate(const InterfaceDescriptor& interface, ServerCall& call, Values values,
                      RegistrationOptions options, FunctionRef<std::shared_ptr<RemoteObject>()> factory,
                      FunctionRef<void(const std::shared_ptr<RemoteObject>&)> set_result)
{
    Connection& client = *current_call()->connection;
    auto place = world_->quotas().admit(client.marshaller().session_number(), client.peer());
    std::shared_ptr<ObjectEntry> entry;
    try {
        call.run(values, [&] {
            RegistrationOptions complete = lifecycle_->complete(options);
            complete.lease = options.lease.value_or(lifecycle_->lease);
            try {
                std::shared_ptr<RemoteObject> object = factory();
                if (object == nullptr) {
                    throw std::runtime_error("the factory gave a null pointer");
                }
                entry = world_->objects().add_instance(std::move(object), interface, complete,
                                                       ActivationMode::client_activated, true, std::move(place));
            } catch (const UserException&) {
                throw;
            } catch (...) {
                throw ActivationFailure(interface.name, std::current_exception());
            }
            const Servant servant = entry->activator().acquire();
            set_result(servant.is_async() ? world_->home().proxy_of(entry, interface) : servant.object);
        });
    } catch (...) {
        if (entry != nullptr) {
            world_->objects().drop_references(entry, 0, "its reference could not be sent");
        }
        throw;
    }
}

void Server::publish(const InterfaceDescriptor& interface, std::string_view uri, std::shared_ptr<RemoteObject> object,
                     RegistrationOptions options)
{
    register_object(interface, uri,
                    make_instance_activator(interface, std::move(object), ActivationMode::published),
                    std::move(options));
}

Lease Server::lease_of(std::string_view uri) const
{
    const auto keeper = world_->objects().find(lease_service_uri);
    if (keeper == nullptr) {
        throw RemotingError(ErrorCode::shutting_down, Executed::no, "the server was stopped");
    }
    return {std::dynamic_pointer_cast<remoting_::LeaseService>(keeper->activator().acquire().object), std::string(uri)};
}

Lease Server::lease_of(const RemoteObject& servant) const
{
    const auto entry = world_->objects().find_instance(servant);
    if (entry == nullptr) {
        throw RemotingError(ErrorCode::object_not_found, Executed::no, "the instance is no object of this server");
    }
    return lease_of(entry->uri());
}

bool Server::withdraw(std::string_view uri)
{
    return world_->objects().withdraw(uri);
}

void Server::run()
{
    {
        std::unique_lock lock(lifecycle_->mutex);
        lifecycle_->changed.wait(lock, [&] { return lifecycle_->is_asked_to_stop; });
        if (lifecycle_->has_stopped) {
            return;
        }
    }
    stop();
}

void Server::stop_on_signals()
{
    const std::lock_guard lock(lifecycle_->mutex);
    auto& signals = lifecycle_->signals.emplace(world_->engine().io_context(), SIGINT, SIGTERM);
    signals.async_wait([lifecycle = std::weak_ptr(lifecycle_)](const boost::system::error_code& error, int) {
        if (const auto alive = lifecycle.lock(); alive != nullptr && !error) {
            alive->ask_to_stop();
        }
    });
}

StopReport Server::stop(Duration deadline)
{
    const auto report = world_->stop(deadline_after(world_->clock().now(), deadline));
    {
        const std::lock_guard lock(lifecycle_->mutex);
        lifecycle_->has_stopped = true;
        if (lifecycle_->signals) {
            boost::system::error_code ignored;
            lifecycle_->signals->cancel(ignored);  // the user's io_context may be waiting for nothing else
        }
    }
    lifecycle_->ask_to_stop();
    return {report.connections_closed, report.calls_cut};
}

StopReport Server::stop()
{
    return stop(world_->limits().drain);
}

}  // namespace remoting
