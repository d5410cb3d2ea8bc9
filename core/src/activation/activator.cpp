// SPDX-License-Identifier: BSL-1.0
#include <remoting/activation/activator.hpp>

#include <remoting/errors/exceptions.hpp>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace remoting {

namespace {

Servant check(const InterfaceDescriptor& interface, std::shared_ptr<RemoteObject> object)
{
    if (object == nullptr) {
        throw std::invalid_argument("the servant is a null pointer");
    }
    void* const typed = interface.cast(*object);
    if (auto* const later = typed == nullptr ? dynamic_cast<AsyncServant*>(object.get()) : nullptr) {
        if (const AsyncBinding binding = later->remoting_bind(interface.name); binding.typed != nullptr) {
            return {std::move(object), binding.typed, binding.functions};
        }
    }
    if (typed == nullptr) {
        throw std::invalid_argument("the servant does not implement " + std::string(interface.name));
    }
    return {std::move(object), typed, {}};
}

Servant make(const InterfaceDescriptor& interface, const ServantFactory& factory)
{
    try {
        return check(interface, factory());
    } catch (...) {
        throw ActivationFailure(interface.name, std::current_exception());
    }
}

class SingleCallActivator final : public Activator {
public:
    SingleCallActivator(const InterfaceDescriptor& interface, ServantFactory factory)
        : interface_(interface), factory_(std::move(factory))
    {
    }
    Servant acquire() override { return make(interface_, factory_); }
    ActivationMode mode() const noexcept override { return ActivationMode::single_call; }

private:
    const InterfaceDescriptor& interface_;
    ServantFactory factory_;
};

class SingletonActivator final : public Activator {
public:
    SingletonActivator(const InterfaceDescriptor& interface, std::shared_ptr<const ServantFactory> factory)
        : interface_(interface), factory_(std::move(factory))
    {
    }

    Servant acquire() override
    {
        if (!made_.load(std::memory_order_acquire)) {
            make_once();
        }
        return servant_;
    }
    ActivationMode mode() const noexcept override { return ActivationMode::singleton; }
    std::unique_ptr<Activator> renewed() const override
    {
        return std::make_unique<SingletonActivator>(interface_, factory_);
    }

private:
    void make_once()
    {
        if (maker_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
            throw ActivationFailure(interface_.name, std::make_exception_ptr(std::logic_error(
                                                         "the Singleton's factory called the Singleton it makes")));
        }
        const std::lock_guard lock(mutex_);
        if (made_.load(std::memory_order_relaxed)) {
            return;
        }
        maker_.store(std::this_thread::get_id(), std::memory_order_relaxed);
        try {
            servant_ = make(interface_, *factory_);
        } catch (...) {
            maker_.store({}, std::memory_order_relaxed);
            throw;
        }
        maker_.store({}, std::memory_order_relaxed);
        made_.store(true, std::memory_order_release);
    }

    const InterfaceDescriptor& interface_;
    const std::shared_ptr<const ServantFactory> factory_;
    std::mutex mutex_;  // held while the user's factory runs: the others wait for its outcome
    std::atomic<std::thread::id> maker_{};
    std::atomic<bool> made_{false};
    Servant servant_;
};

/// For an object of a category.
class LocatedActivator final : public Activator {
public:
    LocatedActivator(const InterfaceDescriptor& interface, std::shared_ptr<ServantLocator> locator, std::string uri)
        : interface_(interface), locator_(std::move(locator)), uri_(std::move(uri))
    {
    }

    Servant acquire() override
    {
        std::shared_ptr<RemoteObject> found;
        try {
            found = locator_->find(uri_);
        } catch (...) {
            throw ActivationFailure(interface_.name, std::current_exception());
        }
        if (found == nullptr) {
            throw RemotingError(ErrorCode::object_not_found, Executed::no, "its locator knows no object of this name");
        }
        RemoteObject* const object = found.get();
        const auto finish = [locator = locator_, uri = uri_, servant = std::move(found)](RemoteObject*) noexcept {
            locator->finished(uri, servant);
        };
        std::shared_ptr<RemoteObject> until_the_call_is_over(object, finish);
        try {
            return check(interface_, std::move(until_the_call_is_over));
        } catch (...) {
            throw ActivationFailure(interface_.name, std::current_exception());
        }
    }
    ActivationMode mode() const noexcept override { return ActivationMode::located; }

private:
    const InterfaceDescriptor& interface_;
    const std::shared_ptr<ServantLocator> locator_;
    const std::string uri_;
};

/// Objects of a category, or with an instance for each caller, have no servant that could be had without knowing for whom.
class IndirectActivator : public Activator {
public:
    Servant acquire() final
    {
        throw RemotingError(ErrorCode::object_not_found, Executed::no,
                            "this name stands for many objects, and can only be called");
    }
};

class LocatorActivator final : public IndirectActivator {
public:
    LocatorActivator(const InterfaceDescriptor& interface, std::shared_ptr<ServantLocator> locator)
        : interface_(interface), locator_(std::move(locator))
    {
    }
    ActivationMode mode() const noexcept override { return ActivationMode::located; }
    std::unique_ptr<Activator> for_object(const std::string& uri) const override
    {
        return std::make_unique<LocatedActivator>(interface_, locator_, uri);
    }

private:
    const InterfaceDescriptor& interface_;
    const std::shared_ptr<ServantLocator> locator_;
};

class IndividualActivator final : public IndirectActivator {
public:
    IndividualActivator(const InterfaceDescriptor& interface, ServantFactory factory, ActivationMode mode)
        : interface_(interface), factory_(std::make_shared<const ServantFactory>(std::move(factory))), mode_(mode)
    {
    }
    ActivationMode mode() const noexcept override { return mode_; }
    std::unique_ptr<Activator> renewed() const override
    {
        return std::make_unique<SingletonActivator>(interface_, factory_);
    }

private:
    const InterfaceDescriptor& interface_;
    const std::shared_ptr<const ServantFactory> factory_;
    const ActivationMode mode_;
};

class InstanceActivator final : public Activator {
public:
    InstanceActivator(Servant servant, ActivationMode mode) : servant_(std::move(servant)), mode_(mode) {}
    Servant acquire() override { return servant_; }
    ActivationMode mode() const noexcept override { return mode_; }
    std::unique_ptr<Activator> for_object(const std::string&) const override
    {
        return mode_ == ActivationMode::located ? std::make_unique<InstanceActivator>(servant_, mode_) : nullptr;
    }

private:
    Servant servant_;
    ActivationMode mode_;
};

}  // namespace

std::unique_ptr<Activator> make_single_call_activator(const InterfaceDescriptor& interface, ServantFactory factory)
{
    return std::make_unique<SingleCallActivator>(interface, std::move(factory));
}

std::unique_ptr<Activator> make_singleton_activator(const InterfaceDescriptor& interface, ServantFactory factory)
{
    return std::make_unique<SingletonActivator>(interface, std::make_shared<const ServantFactory>(std::move(factory)));
}

std::unique_ptr<Activator> make_instance_activator(const InterfaceDescriptor& interface,
                                                   std::shared_ptr<RemoteObject> object, ActivationMode mode)
{
    try {
        return std::make_unique<InstanceActivator>(check(interface, std::move(object)), mode);
    } catch (const std::invalid_argument& error) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, error.what());
    }
}

std::unique_ptr<Activator> make_default_servant_activator(const InterfaceDescriptor& interface,
                                                          std::shared_ptr<RemoteObject> servant)
{
    return make_instance_activator(interface, std::move(servant), ActivationMode::located);
}

std::unique_ptr<Activator> make_locator_activator(const InterfaceDescriptor& interface,
                                                  std::shared_ptr<ServantLocator> locator)
{
    if (locator == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "the locator is a null pointer");
    }
    return std::make_unique<LocatorActivator>(interface, std::move(locator));
}

std::unique_ptr<Activator> make_individual_activator(const InterfaceDescriptor& interface, ServantFactory factory,
                                                     ActivationMode mode)
{
    return std::make_unique<IndividualActivator>(interface, std::move(factory), mode);
}

}  // namespace remoting
