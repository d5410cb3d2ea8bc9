// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/activation/activator.hpp>
#include <remoting/activation/registration_options.hpp>
#include <remoting/dispatch/function_ref.hpp>
#include <remoting/lifetime/object_lease.hpp>
#include <remoting/messaging/call_chain.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace remoting {

class ServerCall;

/// A call that waits for its object's turn.
class WaitingCall {
public:
    virtual ~WaitingCall() = default;
    virtual const CallChain& chain() const noexcept = 0;
    /// Dispatches it; the turn is held by its chain. Returns who has the turn next, to be run by the caller.
    virtual std::unique_ptr<WaitingCall> run() = 0;
};

/// Whose turn it is on a serialized object: one call at a time, the others in order of arrival. A call that comes back
/// to the object through others is admitted: it is run by the very thread that holds the turn and waits. Thread-safe.
class Turn {
public:
    /// Takes the turn when it is free, or held by this thread for the same chain.
    bool try_enter(const CallChain& chain);
    /// This thread runs the call that was given the turn.
    void run_here();
    /// Queues `call` unless the turn became free, in which case it is taken and the call handed back.
    std::unique_ptr<WaitingCall> enter_or_wait(std::unique_ptr<WaitingCall> call);
    /// Gives the turn back. When others wait, the first one has it now and is returned, to be run by the caller.
    std::unique_ptr<WaitingCall> leave();
    /// The call of `chain`, which was given the turn, is not run, since its side has ended: those that wait are not, either.
    /// Nothing when another one has the turn.
    void abandon(const CallChain& chain) noexcept;
    /// The call that has the turn goes on without its thread: calls of its chain are admitted on any thread from now
    /// on, until it leaves.
    void leave_thread();

private:
    std::mutex mutex_;
    CallChain owner_;
    std::thread::id thread_;
    std::uint32_t entered_ = 0;
    bool is_threadless_ = false;
    std::deque<std::unique_ptr<WaitingCall>> waiting_;
};

/// One object in a server's table: its URI, what it is, and who supplies its servant; .NET's ServerIdentity.
/// Thread-safe.
class ObjectEntry final {
public:
    ObjectEntry(std::string uri, const InterfaceDescriptor& interface, std::unique_ptr<Activator> activator,
                RegistrationOptions options)
        : uri_(std::move(uri)), interface_(interface), activator_(std::move(activator)), options_(std::move(options))
    {
    }
    /// A type that clients may create: `construct` decodes the arguments, runs the user's factory, and encodes the
    /// reference to the new object.
    ObjectEntry(std::string uri, const InterfaceDescriptor& interface, std::function<void(ServerCall&)> construct)
        : uri_(std::move(uri)), interface_(interface), construct_(std::move(construct)), options_{}
    {
    }

    const std::string& uri() const noexcept { return uri_; }
    /// The same, except for an instance of one caller: what all of those are registered as.
    const std::string& name() const noexcept { return name_.empty() ? uri_ : name_; }
    const InterfaceDescriptor& interface() const noexcept { return interface_; }
    bool is_activated_type() const noexcept { return construct_ != nullptr; }
    const std::function<void(ServerCall&)>& construct() const noexcept { return construct_; }
    Activator& activator() const noexcept { return *activator_; }
    /// Stands for many objects, with a name each.
    bool is_category() const noexcept { return uri_.ends_with("/*"); }
    /// Stands for many objects, one for each connection or principal.
    bool is_individual() const noexcept { return is_individual_; }

    bool takes_turns() const noexcept
    {
        return options_.concurrency == Concurrency::serialized && activator_ != nullptr &&
               activator_->mode() != ActivationMode::single_call;
    }
    Turn& turn() noexcept { return *turn_; }
    /// Where its servant runs; null: on the thread that has the call.
    const std::shared_ptr<ServantExecutor>& executor() const noexcept { return options_.executor; }

    /// The one that calls of this object share; made by `make` when it is first asked for.
    std::shared_ptr<ServantExecutor> shared_executor(FunctionRef<std::shared_ptr<ServantExecutor>()> make);

    /// A Singleton that was made, but is not known to the table by its instance yet.
    bool lacks_identity() const noexcept
    {
        return !has_identity_.load(std::memory_order_acquire) && activator_->mode() == ActivationMode::singleton;
    }

    /// Null when it has none.
    const std::shared_ptr<ObjectLease>& lease() const noexcept { return lease_; }
    /// How often an object was made under this name, this one included.
    std::uint32_t incarnation() const noexcept { return incarnation_; }

    bool is_withdrawn() const noexcept { return withdrawn_.load(std::memory_order_acquire); }
    void withdraw() noexcept { withdrawn_.store(true, std::memory_order_release); }

private:
    friend class ObjectTable;

    std::string uri_;
    std::string name_;  ///< set before others see the entry
    const InterfaceDescriptor& interface_;
    std::unique_ptr<Activator> activator_;
    std::function<void(ServerCall&)> construct_;
    RegistrationOptions options_;
    std::once_flag executor_made_;
    std::shared_ptr<ServantExecutor> shared_executor_;
    std::shared_ptr<Turn> turn_ = std::make_shared<Turn>();  ///< shared by the entries of one instance
    const bool is_individual_ = activator_ != nullptr && (activator_->mode() == ActivationMode::per_connection ||
                                                          activator_->mode() == ActivationMode::per_principal);
    std::shared_ptr<const void> companion_;
    std::atomic<bool> withdrawn_{false};
    std::atomic<bool> has_identity_{false};
    std::shared_ptr<ObjectLease> lease_;  ///< set before others see the entry
    std::uint32_t incarnation_ = 1;       ///< the same

    // ObjectTable's, under its mutex:
    RemoteObject* identity_ = nullptr;
    std::uint64_t references_ = 0;  ///< how often it was sent to somebody who has not let go yet
    bool is_transient_ = false;     ///< goes with its last reference
    /// Of an instance for one caller: whose it is, and of which object; the key in ObjectTable::individuals_.
    std::pair<std::string, const ObjectEntry*> individual_of_{};
};

}  // namespace remoting
