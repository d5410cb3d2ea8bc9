// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "source_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace remoting::idl {

enum class TokenKind : std::uint8_t {
    end_of_file,
    identifier,  ///< keywords too: all of them are contextual
    integer,
    floating,
    string,
    character,  ///< `'x'`
    punctuation,
};

struct Token {
    TokenKind kind = TokenKind::end_of_file;
    Span span;
    std::string_view text;  ///< as written; a string with its quotes
    Span doc;               ///< from the first to the last `///` line before the token
    /// What is wrong with it, or stands before it, was reported already.
    bool is_broken = false;
    Span trailing_doc;  ///< a `///<` comment before the token: it belongs to what came before

    bool is(char punctuation) const noexcept
    {
        return kind == TokenKind::punctuation && text.size() == 1 && text.front() == punctuation;
    }
    bool is(std::string_view word) const noexcept { return kind == TokenKind::identifier && text == word; }
};

}  // namespace remoting::idl
