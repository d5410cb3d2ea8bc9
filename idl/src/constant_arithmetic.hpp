// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "model.hpp"

#include <string>
#include <variant>

namespace remoting::idl {

/// What came of an operation: a value, or what is wrong with it.
struct Mistake {
    enum class Kind : std::uint8_t { type, range };

    Kind kind = Kind::type;
    std::string message;
};
using Outcome = std::variant<model::Value, Mistake>;

/// `-` or `~`.
Outcome apply_operator(char operation, const model::Value& operand);
/// `+ - * / % & | ^`, and `<` and `>` for shifts. Integers are exact between -2^63 and 2^64 - 1; beside a number with a
/// fraction they become one. Decimals are exact. Texts are joined; times are added, subtracted, and
/// multiplied by integers.
Outcome apply_operator(char operation, const model::Value& left, const model::Value& right);

/// "an integer"
std::string kind_text(const model::Value& value);

}  // namespace remoting::idl
