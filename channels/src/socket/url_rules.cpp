// SPDX-License-Identifier: BSL-1.0
#include "socket/url_rules.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace remoting {

namespace {

/// What a peer or a typing error put into a URL, fit for a terminal.
std::string printable(std::string_view text)
{
    std::string result(text.substr(0, 80));
    std::ranges::replace_if(
        result, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text.size() > 80 ? result + "..." : result;
}

}  // namespace

std::string endpoint_text(const ObjectUrl& url)
{
    if (url.scheme != "mailslot" || !url.name.empty()) {
        return url.endpoint();
    }
    ObjectUrl written = url;
    written.name = std::exchange(written.host, std::string(1, '.'));
    return written.endpoint();
}

void throw_about(const ObjectUrl& url, ErrorCode code, std::string cause)
{
    throw RemotingError(code, Executed::no, std::move(cause),
                        {.method = {}, .object = {}, .address = endpoint_text(url)});
}

void throw_errno(const ObjectUrl& url, ErrorCode code, int error, const std::string& what)
{
    const bool exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
    throw_about(url, exhausted ? ErrorCode::resource_exhausted : code, what + ": " + error_text(error));
}

void throw_stopping(const ObjectUrl& url)
{
    throw_about(url, ErrorCode::shutting_down, "this side is stopping");
}

std::string error_text(int error)
{
    return std::generic_category().message(error);
}

void require_known_options(const ObjectUrl& url, std::initializer_list<std::string_view> known)
{
    for (const auto& [key, value] : url.options) {
        if (std::ranges::find(known, key) != known.end()) {
            continue;
        }
        std::string names;
        for (const auto name : known) {
            names += (names.empty() ? "" : ", ") + std::string(name);
        }
        throw_about(url, ErrorCode::invalid_url,
                    "'" + printable(key) + "' is not an option of " + url.scheme +
                        ":// (known: " + (names.empty() ? "none" : names) + ")");
    }
}

bool is_valid_name(std::string_view name) noexcept
{
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return !name.empty() && name.size() <= 64 && name.front() != '.' &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

const std::string& require_name(const ObjectUrl& url)
{
    if (!is_valid_name(url.host)) {
        throw RemotingError(ErrorCode::invalid_url, Executed::no,
                            "'" + printable(url.host) + "' is not a name for " + url.scheme +
                                ":// (1 to 64 of the characters A-Z a-z 0-9 . _ - and no dot in front)");
    }
    if (!url.port.empty()) {
        throw_about(url, ErrorCode::invalid_url, url.scheme + ":// has names, not ports");
    }
    return url.host;
}

}  // namespace remoting
