// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/reference_list.hpp>

#include <remoting/serialization/buffer.hpp>

#include "byte_io.hpp"

namespace remoting {

void append_reference_list(Buffer& payload, std::span<const std::string> uris)
{
    std::size_t size = 0;
    for (const std::string& uri : uris) {
        size += sizeof(std::uint16_t) + uri.size();
    }
    const std::size_t whole = size + sizeof(std::uint32_t);
    ByteWriter writer({payload.append(whole), whole});
    for (const std::string& uri : uris) {
        writer.write_text(uri);
    }
    writer.write(static_cast<std::uint32_t>(size));
}

std::optional<ReferenceList> ReferenceList::take_from(std::span<const std::byte>& body) noexcept
{
    constexpr std::size_t length_size = sizeof(std::uint32_t);
    if (body.size() < length_size) {
        return std::nullopt;
    }
    const std::size_t rest = body.size() - length_size;
    const std::size_t size = ByteReader(body.subspan(rest)).read<std::uint32_t>();
    if (size > rest) {
        return std::nullopt;
    }
    const auto list = body.subspan(rest - size, size);
    ByteReader reader(list);
    while (reader.ok() && !reader.rest().empty()) {
        reader.read_text();
    }
    if (!reader.ok()) {
        return std::nullopt;
    }
    body = body.first(rest - size);
    return ReferenceList(list);
}

std::string_view ReferenceList::pop() noexcept
{
    ByteReader reader(bytes_);
    const std::string_view uri = reader.read_text();
    bytes_ = reader.rest();
    return uri;
}

}  // namespace remoting
