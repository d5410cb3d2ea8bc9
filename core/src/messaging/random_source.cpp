// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/random_source.hpp>

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace remoting {

namespace {

class KernelRandom final : public RandomSource {
public:
    void fill(std::span<std::byte> bytes) override
    {
        while (!bytes.empty()) {
            const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
            if (got < 0) {
                if (errno == EINTR) {
                    continue;
                }
                throw std::system_error(errno, std::generic_category(), "getrandom");
            }
            bytes = bytes.subspan(static_cast<std::size_t>(got));
        }
    }
};

}  // namespace

RandomSource& system_random()
{
    static KernelRandom source;
    return source;
}

Id128 Id128::random(RandomSource& source)
{
    Id128 id;
    std::array<std::uint64_t, 2> words{};
    source.fill(std::as_writable_bytes(std::span(words)));
    id.high = words[0];
    id.low = words[1];
    return id;
}

std::string Id128::to_string() const
{
    return fmt::format("{:016x}{:016x}", high, low);
}

}  // namespace remoting
