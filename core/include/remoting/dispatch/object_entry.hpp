// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/activation/activator.hpp>
#include <remoting/activation/registration_options.hpp>
#include <remoting/dispatch/function_ref.hpp>
#include <remoting/dispatch/turn.hpp>
#include <remoting/lifetime/object_lease.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace remoting {

class ServerCall;

/// One object in a server's table: its URI, what it is, and who supplies its servant; .NET's ServerIdentity.
/// Thread-safe.
class ObjectEntry final {
public:
    ObjectEntry(std::string uri, const InterfaceDescriptor& interface, std::unique_ptr<Activator> activator,
                RegistrationOptions options)
        : uri_(std::move(uri)),
          interface_(interface),
          activator_(std::move(activator)),
          options_(std::move(options))
    {
    }
    /// A type that clients may create: `construct` decodes the arguments, runs the user's factory, and encodes the
    /// reference to the new object.
    ObjectEntry(std::string uri, const InterfaceDescriptor& interface, std::function<void(ServerCall&)> construct)
        : uri_(std::move(uri)),
          interface_(interface),
          construct_(std::move(construct)),
          options_{}
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
    /// Whether a call of its running one's own chain is an error.
    bool refuses_reentrance() const noexcept { return takes_turns() && options_.reentrance == Reentrance::refused; }
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
    std::shared_ptr<Turn> turn_ =
        std::make_shared<Turn>(options_.reentrance);  ///< shared by the entries of one instance
    const bool is_individual_ = activator_ != nullptr && (activator_->mode() == ActivationMode::per_connection ||
                                                          activator_->mode() == ActivationMode::per_principal);
    std::shared_ptr<const void> companion_;
    std::atomic<bool> withdrawn_{false};
    std::atomic<bool> has_identity_{false};
    std::shared_ptr<ObjectLease> lease_;  ///< set before others see the entry
    std::uint32_t incarnation_ = 1;       ///< the same

    // ObjectTable's, under its mutex:
    RemoteObject* identity_ = nullptr;
    std::uint64_t references_ = 0;   ///< how often it was sent to somebody who has not let go yet
    bool is_transient_ = false;      ///< goes with its last reference
    std::set<std::uint32_t> users_;  ///< whom it was sent to, as far as the channel says who they are
    bool has_unknown_users_ = false;
    /// Of an instance for one caller: whose it is, and of which object; the key in ObjectTable::individuals_.
    std::pair<std::string, const ObjectEntry*> individual_of_{};
};

}  // namespace remoting
