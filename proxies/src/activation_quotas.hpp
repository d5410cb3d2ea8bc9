// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>
#include <remoting/serialization/limits.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace remoting {

/// How many client-activated objects live here, counted by session, by principal, and all of them. Thread-safe.
class ActivationQuotas : public std::enable_shared_from_this<ActivationQuotas> {
public:
    explicit ActivationQuotas(const Limits& limits) : limits_(limits) {}

    /// One more, until what is returned goes. @throws RemotingError resource_exhausted
    std::shared_ptr<const void> admit(std::uint64_t session, const PeerIdentity& peer);

private:
    void leave(std::uint64_t session, const std::string& principal) noexcept;

    const Limits limits_;
    std::mutex mutex_;
    std::map<std::uint64_t, std::uint32_t> by_session_;
    std::map<std::string, std::uint32_t> by_principal_;
    std::uint32_t all_ = 0;
};

}  // namespace remoting
