// SPDX-License-Identifier: BSL-1.0
#include <remoting/activation/activator.hpp>

#include <remoting/errors/exceptions.hpp>

#include <atomic>
#include <mutex>
#include <stdexcept>
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

class InstanceActivator final : public Activator {
public:
    InstanceActivator(Servant servant, ActivationMode mode) : servant_(std::move(servant)), mode_(mode) {}
    Servant acquire() override { return servant_; }
    ActivationMode mode() const noexcept override { return mode_; }

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

}  // namespace remoting
