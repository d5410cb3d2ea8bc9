// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/lifetime/clock.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace remoting {

/// What became of objects that are gone, for callers that come late. The last 1,024 of each reason are remembered, so that
/// many of one kind (objects that their clients give back) do not push out the others. Not thread-safe.
class Tombstones {
public:
    void add(std::string_view uri, std::string_view reason, TimePoint now);
    /// Of the last object of this name: "lease expired 12 s ago". Empty when nothing is remembered.
    std::string find(std::string_view uri, TimePoint now) const;

private:
    struct Tombstone {
        std::string uri;
        TimePoint when;
    };
    std::map<std::string, std::deque<Tombstone>, std::less<>> by_reason_;
};

}  // namespace remoting
