// SPDX-License-Identifier: BSL-1.0
#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "../unit/core/serialization/sample_types.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REMOTING_HAS_ALLOCATION_HOOKS
#include <sanitizer/allocator_interface.h>
#endif
#endif

// Decodes arbitrary bytes. What can be decoded must encode to something that decodes to the same again, and decoding
// must not allocate more than the budget.

namespace {

std::size_t allocated = 0;
bool counting = false;

#ifdef REMOTING_HAS_ALLOCATION_HOOKS
void count_allocation(const volatile void* /*memory*/, std::size_t size)
{
    if (counting) {
        allocated += size;
    }
}

void ignore_release(const volatile void* /*memory*/) {}
#endif

struct Chain {
    std::int16_t number = 0;
    std::unique_ptr<Chain> next;
    std::shared_ptr<const std::string> label;
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& number& next& label;
    }
};

using Choice = std::variant<std::monostate, bool, std::string, remoting::UnknownAlternative, bank::Money>;

struct Everything {
    bank::Report report;
    Chain chain;
    std::vector<Choice> choices;
    std::list<std::string> list;
    std::deque<std::int16_t> deque;
    std::multimap<std::uint8_t, std::string> multimap;
    std::unordered_map<std::uint8_t, bool> hashed;
    std::tuple<std::int8_t, std::pair<bool, std::string>> tuple;
    std::u16string wide;
    bool flags[2][3] = {};
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& report& chain& choices& list& deque& multimap& hashed& tuple& wide& flags;
    }
};

void check(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

/// @return whether the bytes made sense.
bool decode(std::span<const std::byte> bytes, Everything& value)
{
    bool decoded = false;
    allocated = 0;
    counting = true;
    try {
        remoting::InputArchive archive(bytes);
        archive& value;
        archive.finish();
        decoded = true;
    } catch (const remoting::RemotingError& error) {
        counting = false;
        check(error.code() == remoting::ErrorCode::invalid_payload ||
              error.code() == remoting::ErrorCode::limit_exceeded);
    }
    counting = false;
    check(allocated <= 16 * bytes.size() + std::size_t{64} * 1024);
    return decoded;
}

remoting::Buffer encode(const Everything& value)
{
    remoting::Buffer buffer;
    remoting::OutputArchive archive(buffer);
    archive& value;
    return buffer;
}

}  // namespace

#ifdef REMOTING_HAS_ALLOCATION_HOOKS
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/)
{
    check(__sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_release) != 0);
    return 0;
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Everything value;
    if (!decode(std::as_bytes(std::span(data, size)), value)) {
        return 0;
    }
    // A short struct decodes to many defaults, so its own encoding may be longer, and beyond the budget.
    const remoting::Buffer buffer = encode(value);
    Everything again;
    if (decode(buffer.bytes(), again)) {
        check(encode(again).size() == buffer.size());
    }
    return 0;
}
