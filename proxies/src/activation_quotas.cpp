// SPDX-License-Identifier: BSL-1.0
#include "activation_quotas.hpp"

#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>

namespace remoting {

namespace {

template <class Key>
std::uint32_t count_of(const std::map<Key, std::uint32_t>& counts, const Key& key)
{
    const auto found = counts.find(key);
    return found != counts.end() ? found->second : 0;
}

template <class Key>
void take_one(std::map<Key, std::uint32_t>& counts, const Key& key) noexcept
{
    const auto found = counts.find(key);
    if (--found->second == 0) {
        counts.erase(found);
    }
}

[[noreturn]] void refuse(const std::string& whose, std::uint32_t limit)
{
    throw RemotingError(ErrorCode::resource_exhausted, Executed::no,
                        fmt::format("{} has {} client-activated objects, and may have no more", whose, limit));
}

}  // namespace

std::shared_ptr<const void> ActivationQuotas::admit(std::uint64_t session, const PeerIdentity& peer)
{
    std::string principal = peer.principal();
    {
        const std::lock_guard lock(mutex_);
        if (count_of(by_session_, session) >= limits_.activated_per_session) {
            refuse("the client", limits_.activated_per_session);
        }
        if (count_of(by_principal_, principal) >= limits_.activated_per_principal) {
            refuse(principal, limits_.activated_per_principal);
        }
        if (all_ >= limits_.activated) {
            refuse("the server", limits_.activated);
        }
        ++by_session_[session];
        ++by_principal_[principal];
        ++all_;
    }
    const auto leave = [quotas = shared_from_this(), session, principal = std::move(principal)](const void*) noexcept {
        quotas->leave(session, principal);
    };
    return {static_cast<const void*>(this), leave};
}

void ActivationQuotas::leave(std::uint64_t session, const std::string& principal) noexcept
{
    const std::lock_guard lock(mutex_);
    take_one(by_session_, session);
    take_one(by_principal_, principal);
    --all_;
}

}  // namespace remoting
