// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/object_url.hpp>

#include <remoting/errors/exceptions.hpp>

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/url_view.hpp>

#include <utility>

namespace remoting {

namespace urls = boost::urls;

namespace {

[[noreturn]] void invalid(std::string_view text, std::string_view why)
{
    throw RemotingError(ErrorCode::invalid_url, Executed::no,
                        "'" + std::string(text.substr(0, 200)) + "' is not a remoting URL: " + std::string(why) +
                            " (a URL looks like tcp://127.0.0.1:6100/counter or pipe://bank/counter)");
}

constexpr auto host_chars = urls::unreserved_chars + urls::sub_delim_chars;
constexpr auto object_chars = urls::pchars + '/';
constexpr auto option_chars = urls::unreserved_chars + "/:@,";

std::string encode(std::string_view text, const urls::grammar::lut_chars& safe)
{
    return urls::encode(urls::string_view(text.data(), text.size()), safe);
}

}  // namespace

ObjectUrl ObjectUrl::parse(std::string_view text)
{
    const auto parsed = urls::parse_uri(urls::string_view(text.data(), text.size()));
    if (!parsed) {
        invalid(text, "it is not written as scheme://host:port/object, with odd characters as %20");
    }
    const urls::url_view& view = *parsed;
    if (!view.has_authority() || view.host().empty()) {
        invalid(text, "the address after '//' is missing");
    }
    // Boost.URL 1.81 stops reading a port, or an address in digits, at the first other character and goes on behind it.
    const std::string_view rest = text.substr(text.find("//") + 2);
    const auto authority = view.encoded_authority();
    if (rest.substr(0, rest.find_first_of("/?#")) != std::string_view(authority.data(), authority.size())) {
        invalid(text, "the address is not a host, or a host and a port in digits");
    }
    if (view.has_userinfo()) {
        invalid(text, "user names and passwords are not part of it");
    }
    if (view.has_fragment()) {
        invalid(text, "a fragment has no meaning here");
    }
    ObjectUrl url;
    for (const char c : view.scheme()) {
        url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    url.host = view.host_type() == urls::host_type::ipv6 ? std::string(view.host_address()) : view.host();
    url.port = view.port();
    url.object = view.path();
    if (!url.object.empty()) {
        url.object.erase(0, 1);
    }
    if (url.host == "." || url.host == "*") {
        const auto slash = url.object.find('/');
        url.name = url.object.substr(0, slash);
        url.object.erase(0, slash == std::string::npos ? slash : slash + 1);
    }
    for (const auto& parameter : view.params()) {
        url.options[std::string(parameter.key)] = parameter.has_value ? std::string(parameter.value) : std::string();
    }
    return url;
}

std::string ObjectUrl::endpoint() const
{
    std::string text = scheme + "://";
    text += host.find(':') == std::string::npos ? encode(host, host_chars) : "[" + host + "]";
    if (!port.empty()) {
        text += ":" + port;
    }
    if (!name.empty()) {
        text += '/' + encode(name, host_chars);
    }
    char separator = '?';
    for (const auto& [key, value] : options) {
        text += separator + encode(key, option_chars) + (value.empty() ? "" : "=" + encode(value, option_chars));
        separator = '&';
    }
    return text;
}

std::string ObjectUrl::to_string() const
{
    return join_url(endpoint(), object);
}

std::string join_url(std::string_view endpoint, std::string_view object)
{
    const auto query = endpoint.find('?');
    std::string text(endpoint.substr(0, query));
    if (!object.empty()) {
        text += '/' + encode(object, object_chars);
    }
    return query == std::string_view::npos ? text : text + std::string(endpoint.substr(query));
}

}  // namespace remoting
