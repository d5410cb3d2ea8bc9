// SPDX-License-Identifier: BSL-1.0
#include "mailslot/envelope.hpp"

#include <remoting/errors/exceptions.hpp>

#include <limits>

namespace remoting {

namespace {

constexpr char raw_kind = 1;
constexpr char call_kind = 2;

void append_name(std::string& head, std::string_view name)
{
    if (name.size() > std::numeric_limits<std::uint16_t>::max()) {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no, "a name of more than 65535 bytes");
    }
    head += static_cast<char>(name.size() & 0xFF);
    head += static_cast<char>(name.size() >> 8U);
    head += name;
}

bool take_name(std::string_view& rest, std::string_view& name) noexcept
{
    if (rest.size() < 2) {
        return false;
    }
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) |
                      static_cast<std::size_t>(static_cast<unsigned char>(rest[1])) << 8U;
    rest.remove_prefix(2);
    if (rest.size() < size) {
        return false;
    }
    name = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
}

}  // namespace

std::string Envelope::encode_head() const
{
    std::string head(1, is_call ? call_kind : raw_kind);
    if (is_call) {
        append_name(head, object);
        append_name(head, interface_name);
        append_name(head, method);
    }
    return head;
}

std::optional<Envelope> Envelope::decode(std::span<const std::byte> message) noexcept
{
    std::string_view rest(reinterpret_cast<const char*>(message.data()), message.size());
    if (rest.empty() || (rest[0] != raw_kind && rest[0] != call_kind)) {
        return std::nullopt;
    }
    Envelope envelope{.is_call = rest[0] == call_kind, .object = {}, .interface_name = {}, .method = {}, .content = {}};
    rest.remove_prefix(1);
    if (envelope.is_call && !(take_name(rest, envelope.object) && take_name(rest, envelope.interface_name) &&
                              take_name(rest, envelope.method))) {
        return std::nullopt;
    }
    envelope.content = message.last(rest.size());
    return envelope;
}

}  // namespace remoting
