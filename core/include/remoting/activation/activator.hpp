// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/activation/activation_mode.hpp>
#include <remoting/activation/servant_locator.hpp>
#include <remoting/dispatch/async_servant.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace remoting {

/// An instance to call, kept alive for the call.
struct Servant {
    std::shared_ptr<RemoteObject> object;
    void* typed = nullptr;  ///< what InterfaceDescriptor::cast made of it, or remoting_bind()
    std::span<const StartFunction> functions{};  ///< of a servant that answers later; else empty

    bool is_async() const noexcept { return !functions.empty(); }
};

using ServantFactory = std::function<std::shared_ptr<RemoteObject>()>;

/// Who supplies the servant of a call; one implementation for each mode. Thread-safe.
class Activator {
public:
    virtual ~Activator() = default;
    /// @throws ActivationFailure when the user's factory threw or gave null or the wrong interface;
    ///         the next call tries again
    virtual Servant acquire() = 0;
    virtual ActivationMode mode() const noexcept = 0;
    /// One that makes what this one made, anew; null if it cannot.
    virtual std::unique_ptr<Activator> renewed() const { return nullptr; }
    /// Of a category: one for the object `uri` of it. Else null.
    virtual std::unique_ptr<Activator> for_object(const std::string& uri) const
    {
        static_cast<void>(uri);
        return nullptr;
    }
};

std::unique_ptr<Activator> make_single_call_activator(const InterfaceDescriptor& interface, ServantFactory factory);
/// The instance is made once, whatever the race.
std::unique_ptr<Activator> make_singleton_activator(const InterfaceDescriptor& interface, ServantFactory factory);
/// `mode`: published or client_activated. @throws RemotingError invalid_argument for null or the wrong interface
std::unique_ptr<Activator> make_instance_activator(const InterfaceDescriptor& interface,
                                                   std::shared_ptr<RemoteObject> object, ActivationMode mode);

/// Of a category, all of whose objects `servant` stands for. @throws RemotingError invalid_argument
std::unique_ptr<Activator> make_default_servant_activator(const InterfaceDescriptor& interface,
                                                          std::shared_ptr<RemoteObject> servant);
/// Of a category.
std::unique_ptr<Activator> make_locator_activator(const InterfaceDescriptor& interface,
                                                  std::shared_ptr<ServantLocator> locator);
/// `mode`: per_connection or per_principal. Has no servant itself; renewed() gives one for a caller.
std::unique_ptr<Activator> make_individual_activator(const InterfaceDescriptor& interface, ServantFactory factory,
                                                     ActivationMode mode);

/// What a factory or constructor of the user threw; the server formatter sink decides how much of it travels.
class ActivationFailure : public std::exception {
public:
    ActivationFailure(std::string_view interface_name, std::exception_ptr cause)
        : interface_name_(interface_name), cause_(std::move(cause))
    {
    }
    const char* what() const noexcept override { return "activation failed"; }
    const std::string& interface_name() const noexcept { return interface_name_; }
    const std::exception_ptr& cause() const noexcept { return cause_; }

private:
    std::string interface_name_;
    std::exception_ptr cause_;
};

}  // namespace remoting
