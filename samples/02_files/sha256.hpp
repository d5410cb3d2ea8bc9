// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "descriptor.hpp"

#include <remoting/types/bytes.hpp>

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace files {

class Sha256 final {
public:
    Sha256();

    void add(std::span<const std::byte> content);
    /// The checksum of what was added; once.
    remoting::Bytes finish();

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };

    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// @throws std::system_error
remoting::Bytes sha256_of(const Descriptor& file);

/// As sha256sum(1) prints it.
std::string hexadecimal(const remoting::Bytes& bytes);

}  // namespace files
