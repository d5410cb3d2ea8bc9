// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <remoting/serialization/archive.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace remoting::idl {

/// A value of any IDL type, for tests that read and write what a model describes with the archives themselves.
struct Tree {
    enum class Kind : std::uint8_t { number, text, absent, list, variant, unknown, skipped };

    Kind kind = Kind::skipped;
    std::string number;       ///< digits, or how a number with a fraction prints
    std::string text;         ///< a string's bytes; the bytes of what is not known
    std::uint32_t index = 0;  ///< of a variant
    const model::Enum* type = nullptr;
    const model::Struct* target = nullptr;
    std::vector<Tree> parts;  ///< elements, keys and values in turn, fields
};

using Random = std::mt19937;

Tree random_tree(const model::Type& type, Random& random, unsigned depth = 0);
void write(OutputArchive& archive, const Tree& tree, const model::Type& type);
/// @throws RemotingError
Tree read(InputArchive& archive, const model::Type& type);
/// Whether two peers see the same value, one with a newer or older type: what only one of them knows does not matter.
bool agree(const Tree& left, const Tree& right);

}  // namespace remoting::idl
