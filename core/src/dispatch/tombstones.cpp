// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/tombstones.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace remoting {

namespace {

constexpr std::size_t kept_of_each_reason = 1024;

}  // namespace

void Tombstones::add(std::string_view uri, std::string_view reason, TimePoint now)
{
    auto of_reason = by_reason_.find(reason);
    if (of_reason == by_reason_.end()) {
        of_reason = by_reason_.try_emplace(std::string(reason)).first;
    }
    auto& ring = of_reason->second;
    if (ring.size() == kept_of_each_reason) {
        ring.pop_front();
    }
    ring.push_back({std::string(uri), now});
}

std::string Tombstones::find(std::string_view uri, TimePoint now) const
{
    const Tombstone* latest = nullptr;
    std::string_view why;
    for (const auto& [reason, ring] : by_reason_) {
        const auto found = std::find_if(ring.rbegin(), ring.rend(), [&](const Tombstone& one) { return one.uri == uri; });
        if (found != ring.rend() && (latest == nullptr || found->when > latest->when)) {
            latest = &*found;
            why = reason;
        }
    }
    return latest == nullptr ? std::string()
                             : fmt::format("{} {} s ago", why,
                                           std::chrono::duration_cast<std::chrono::seconds>(now - latest->when).count());
}

}  // namespace remoting
