// SPDX-License-Identifier: BSL-1.0
//
// What a publisher may send a subscriber's sink: events, with a count of those that were lost.

#include "event_subscriber.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace {

using Texts = std::vector<std::string>;

void decode(remoting::InputArchive& archive, remoting::Values values)
{
    archive >> *static_cast<std::int32_t*>(values[0]) >> *static_cast<Texts*>(values[1]);
}

constexpr remoting::MethodDescriptor method = {.name = "Changed",
                                               .parameters = {},
                                               .encode_arguments = nullptr,
                                               .decode_arguments = decode,
                                               .encode_results = nullptr,
                                               .decode_results = nullptr,
                                               .throws = {},
                                               .known_exceptions = {},
                                               .invoke = nullptr};
constexpr remoting::EventDescriptor event = {
    .method = method,
    .copy = remoting::detail::copy_event_values<std::tuple<>, std::int32_t, Texts>,
    .assign = remoting::detail::assign_event_value<std::tuple<>, std::int32_t, Texts>};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    remoting::detail::EventDelivery delivery{event};
    void* const values[] = {&delivery};
    try {
        remoting::InputArchive archive(std::as_bytes(std::span(data, size)));
        remoting::detail::decode_delivery(archive, values);
    } catch (const remoting::RemotingError&) {
    }
    if (delivery.events.size() > remoting::detail::largest_delivery) {
        std::abort();
    }
    return 0;
}
