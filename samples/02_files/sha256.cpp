// SPDX-License-Identifier: BSL-1.0
#include "sha256.hpp"

#include <cstdint>
#include <stdexcept>

namespace files {
namespace {

void check(bool succeeded)
{
    if (!succeeded) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new())
{
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::add(std::span<const std::byte> content)
{
    check(EVP_DigestUpdate(context_.get(), content.data(), content.size()) == 1);
}

remoting::Bytes Sha256::finish()
{
    remoting::Bytes digest(std::size_t{EVP_MAX_MD_SIZE});
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
    digest.resize(size);
    return digest;
}

remoting::Bytes sha256_of(const Descriptor& file)
{
    Sha256 sha256;
    remoting::Bytes buffer(std::size_t{64} * 1024);
    for (std::uint64_t offset = 0;;) {
        const std::size_t count = read_at(file, offset, buffer);
        sha256.add(std::span(buffer.data(), count));
        offset += count;
        if (count < buffer.size()) {
            return sha256.finish();
        }
    }
}

std::string hexadecimal(const remoting::Bytes& bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte >> 4)];
        text += digits[std::to_integer<unsigned>(byte & std::byte{15})];
    }
    return text;
}

}  // namespace files
