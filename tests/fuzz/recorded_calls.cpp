// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/sinks/call_recorder.hpp>

#include <cstdint>
#include <cstdlib>
#include <span>

// Arbitrary content of a file of recorded calls: what is read is not out of proportion.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        const auto calls = remoting::decode_recorded_calls(std::as_bytes(std::span(data, size)));
        for (const auto& call : calls) {
            if (call.took < remoting::Duration::zero() || call.method.size() > size) {
                std::abort();
            }
        }
        if (calls.size() > size / 40) {
            std::abort();
        }
    } catch (const remoting::RemotingError&) {
    }
    return 0;
}
