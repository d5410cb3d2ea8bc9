// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace remoting {

/// The value of a call or the exception it ended with.
template <class T>
class Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(std::exception_ptr error) : error_(std::move(error)) {}

    bool has_value() const noexcept { return error_ == nullptr; }
    explicit operator bool() const noexcept { return has_value(); }
    /// @throws what the call ended with
    T& value() &
    {
        check();
        return *value_;
    }
    T&& value() &&
    {
        check();
        return std::move(*value_);
    }
    T& operator*() & { return value(); }
    T* operator->() { return &value(); }
    /// Null when there is a value.
    const std::exception_ptr& error() const noexcept { return error_; }

private:
    void check() const
    {
        if (error_ != nullptr) {
            std::rethrow_exception(error_);
        }
    }

    std::optional<T> value_;
    std::exception_ptr error_;
};

template <>
class Result<void> {
public:
    Result() = default;
    Result(std::exception_ptr error) : error_(std::move(error)) {}

    bool has_value() const noexcept { return error_ == nullptr; }
    explicit operator bool() const noexcept { return has_value(); }
    /// @throws what the call ended with
    void value() const
    {
        if (error_ != nullptr) {
            std::rethrow_exception(error_);
        }
    }
    const std::exception_ptr& error() const noexcept { return error_; }

private:
    std::exception_ptr error_;
};

template <class Token>
struct AsResult {
    Token token;
};

/// Adapts a completion token: the call completes with one Result instead of an exception and a value, and never throws
/// where the token would have: `Result<int> sum = co_await calculator->async_Add(1, 2, as_result(use_awaitable));`
template <class Token>
AsResult<std::decay_t<Token>> as_result(Token&& token)
{
    return {std::forward<Token>(token)};
}

namespace detail {

template <class Handler>
struct ResultHandler {
    Handler handler;

    void operator()(std::exception_ptr error)
    {
        std::move(handler)(error != nullptr ? Result<void>(std::move(error)) : Result<void>());
    }
    template <class T>
    void operator()(std::exception_ptr error, T value)
    {
        std::move(handler)(error != nullptr ? Result<T>(std::move(error)) : Result<T>(std::move(value)));
    }
};

template <class Signature>
struct ResultSignature;
template <>
struct ResultSignature<void(std::exception_ptr)> {
    using type = void(Result<void>);
};
template <class T>
struct ResultSignature<void(std::exception_ptr, T)> {
    using type = void(Result<T>);
};

}  // namespace detail
}  // namespace remoting

template <class Token, class Signature>
struct boost::asio::async_result<remoting::AsResult<Token>, Signature> {
    using Adapted = typename remoting::detail::ResultSignature<Signature>::type;

    template <class Initiation>
    struct Begin {
        Initiation initiation;

        template <class Handler, class... A>
        void operator()(Handler&& handler, A&&... arguments)
        {
            std::move(initiation)(
                remoting::detail::ResultHandler<std::decay_t<Handler>>{std::forward<Handler>(handler)},
                std::forward<A>(arguments)...);
        }
    };

    template <class Initiation, class RawToken, class... A>
    static auto initiate(Initiation&& initiation, RawToken&& token, A&&... arguments)
    {
        Token own = std::forward<RawToken>(token).token;
        return async_initiate<Token, Adapted>(Begin<std::decay_t<Initiation>>{std::forward<Initiation>(initiation)}, own,
                                              std::forward<A>(arguments)...);
    }
};

template <template <class, class> class Associator, class Handler, class DefaultCandidate>
struct boost::asio::associator<Associator, remoting::detail::ResultHandler<Handler>, DefaultCandidate>
    : Associator<Handler, DefaultCandidate> {
    static typename Associator<Handler, DefaultCandidate>::type get(
        const remoting::detail::ResultHandler<Handler>& handler) noexcept
    {
        return Associator<Handler, DefaultCandidate>::get(handler.handler);
    }
    static typename Associator<Handler, DefaultCandidate>::type get(
        const remoting::detail::ResultHandler<Handler>& handler, const DefaultCandidate& candidate) noexcept
    {
        return Associator<Handler, DefaultCandidate>::get(handler.handler, candidate);
    }
};
