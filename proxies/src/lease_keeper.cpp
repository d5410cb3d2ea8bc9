// SPDX-License-Identifier: BSL-1.0
#include "lease_keeper.hpp"

#include "remote_reference.hpp"
#include "world.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/lease_service.remoting.async.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/proxies/objects.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/proxies/typed_values.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include <boost/asio/bind_executor.hpp>

#include <utility>

namespace remoting {

namespace {

using remoting_::LeaseRefused;
using remoting_::LeaseService;

LeaseRefused refusal(const RemotingError& error)
{
    LeaseRefused refused;
    refused.code = static_cast<std::uint16_t>(error.code());
    refused.reason = error.cause();
    return refused;
}

/// Saturates: what a caller elsewhere means by a very long time must not overflow here.
Duration duration_of(TimeSpan time) noexcept
{
    constexpr TimeSpan longest = std::chrono::duration_cast<TimeSpan>(Duration::max());
    return time >= longest ? infinite : time <= -longest ? -Duration::max() : Duration(time);
}

TimeSpan span_of(Duration time) noexcept
{
    return std::chrono::duration_cast<TimeSpan>(time);
}

template <class F>
auto translated(const std::string& object, F call)
{
    try {
        return call();
    } catch (const LeaseRefused& refused) {
        throw RemotingError(error_code_of(refused.code), Executed::no, refused.reason, {{}, object, {}});
    }
}

class FunctionSponsor final : public Sponsor {
public:
    explicit FunctionSponsor(std::function<Duration(const LeaseStatus&)> renewal) : renewal_(std::move(renewal)) {}
    TimeSpan Renewal(const LeaseStatus& lease) override { return span_of(renewal_(lease)); }

private:
    const std::function<Duration(const LeaseStatus&)> renewal_;
};

/// Whether the connection to the sponsor was lost. Its session may go on; when that has ended the error is another one.
bool may_come_back(const std::exception_ptr& failure)
{
    try {
        if (failure != nullptr) {
            std::rethrow_exception(failure);
        }
        return false;
    } catch (const RemotingError& error) {
        return error.code() == ErrorCode::connection_lost || error.code() == ErrorCode::connect_failed;
    } catch (...) {
        return false;
    }
}

void ask_later(World& world, const std::shared_ptr<ObjectLease>& lease, const std::shared_ptr<RemoteObject>& sponsor,
               std::uint64_t question)
{
    constexpr auto pause = std::chrono::milliseconds(50);
    const auto ticket = std::make_shared<Waits::Ticket>(0);
    world.async_pause(
        pause,
        [keep = world.weak_from_this(), lease, sponsor, question, ticket](const std::exception_ptr& stopped, const auto&) {
            const auto alive = keep.lock();
            if (stopped == nullptr && alive != nullptr && alive->objects().leases().awaits_answer(*lease, question)) {
                ask_sponsor(*alive, lease, sponsor, question);
            }
        },
        *ticket);
}

void tell_failure(World& world, const ObjectLease& lease, const std::exception_ptr& failure) noexcept
{
    try {
        const auto object = lease.object();
        if (world.options().log && object != nullptr) {
            const Description why = describe(failure);
            world.options().log(printable("a sponsor of '" + object->uri() + "' is not asked again: " + why.type + ": " +
                                          why.text));
        }
    } catch (...) {  // as Log says
    }
}

}  // namespace

std::shared_ptr<ObjectEntry> LeaseKeeper::find(const std::string& object) const
{
    auto entry = world_.objects().find(object);
    const CurrentCall* const call = current_call();
    if (entry != nullptr && entry->is_individual() && call != nullptr) {
        entry = instance_for(world_.objects(), entry, call->connection);
    }
    if (entry == nullptr || entry->is_activated_type()) {
        throw refusal(
            RemotingError(ErrorCode::object_not_found, Executed::no, world_.objects().reason_not_found(object)));
    }
    return entry;
}

LeaseStatus LeaseKeeper::Status(const std::string& object)
{
    const auto entry = find(object);
    LeaseStatus status = entry->lease() != nullptr ? world_.objects().leases().status(*entry->lease()) : LeaseStatus();
    status.incarnation = entry->incarnation();
    return status;
}

TimeSpan LeaseKeeper::Renew(const std::string& object, TimeSpan time)
{
    const auto entry = find(object);
    return entry->lease() != nullptr ? span_of(world_.objects().leases().renew(*entry->lease(), duration_of(time)))
                                     : TimeSpan();
}

void LeaseKeeper::Register(const std::string& object, const std::shared_ptr<Sponsor>& sponsor, TimeSpan first)
{
    const auto entry = find(object);
    try {
        if (entry->lease() == nullptr) {
            throw RemotingError(ErrorCode::invalid_argument, Executed::no, "the object has no lease");
        }
        world_.objects().leases().add_sponsor(*entry->lease(), sponsor, duration_of(first));
    } catch (const RemotingError& error) {
        throw refusal(error);
    }
}

bool LeaseKeeper::Unregister(const std::string& object, const std::shared_ptr<Sponsor>& sponsor)
{
    const auto entry = find(object);
    return entry->lease() != nullptr &&
           world_.objects().leases().remove_sponsor(*entry->lease(), [&](const std::shared_ptr<RemoteObject>& known) {
               return same_object(known, sponsor);
           });
}

void ask_sponsor(World& world, const std::shared_ptr<ObjectLease>& lease, const std::shared_ptr<RemoteObject>& sponsor,
                 std::uint64_t question)
{
    LeaseManager& leases = world.objects().leases();
    const auto keep = world.weak_from_this();
    const auto answered = [keep, &leases, lease, sponsor, question](const std::exception_ptr& failure,
                                                                    TimeSpan renewal) {
        const auto alive = keep.lock();
        if (alive == nullptr) {
            return;
        }
        if (may_come_back(failure) && leases.awaits_answer(*lease, question)) {
            ask_later(*alive, lease, sponsor, question);
            return;
        }
        if (failure != nullptr) {
            tell_failure(*alive, *lease, failure);
        }
        leases.answer(*lease, question, failure == nullptr ? duration_of(renewal) : Duration::zero());
    };
    const auto typed = std::dynamic_pointer_cast<Sponsor>(sponsor);
    if (typed == nullptr) {
        answered(nullptr, {});
        return;
    }
    const CurrentCallScope scope(nullptr);
    typed->async_Renewal(CallOptions{.deadline = lease->options().sponsorship_timeout}, leases.status(*lease),
                         boost::asio::bind_executor(world.callback_threads().executor(), answered));
}

LeaseStatus Lease::status() const
{
    return translated(object_, [&] { return service_->Status(object_); });
}

Duration Lease::renew(Duration time)
{
    return translated(object_, [&] { return duration_of(service_->Renew(object_, span_of(time))); });
}

void Lease::add_sponsor(const std::shared_ptr<Sponsor>& sponsor, Duration first)
{
    if (sponsor == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "the sponsor is a null pointer",
                            {{}, object_, {}});
    }
    translated(object_, [&] { service_->Register(object_, sponsor, span_of(first)); });
}

bool Lease::remove_sponsor(const std::shared_ptr<Sponsor>& sponsor)
{
    return sponsor != nullptr && translated(object_, [&] { return service_->Unregister(object_, sponsor); });
}

Lease lease_of(const std::shared_ptr<RemoteObject>& proxy)
{
    Proxy* const typed = proxy != nullptr ? proxy->remoting_proxy() : nullptr;
    if (typed == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "a local object; its server knows its lease: Server::lease_of");
    }
    const RemoteReference& reference = typed->remoting_target().reference();
    const InterfaceDescriptor& service = InterfaceTraits<LeaseService>::descriptor();
    return {cast_proxy<LeaseService>(service.make_proxy(ProxyTarget(reference.beside(lease_service_uri)), service)),
            reference.uri()};
}

std::shared_ptr<Sponsor> make_sponsor(std::function<Duration(const LeaseStatus&)> renewal)
{
    return std::make_shared<FunctionSponsor>(std::move(renewal));
}

std::shared_ptr<Sponsor> make_sponsor(Duration renewal)
{
    return make_sponsor([renewal](const LeaseStatus&) { return renewal; });
}

}  // namespace remoting
