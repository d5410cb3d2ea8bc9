// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>
#include <remoting/dispatch/server_call.hpp>
#include <remoting/errors/exceptions.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

// From the typed API of Client and Server to the untyped one beneath.

namespace remoting {

/// T, or a readable error for a class that did not come from the compiler.
template <class T>
concept GeneratedInterface = std::is_base_of_v<RemoteObject, T> && requires { InterfaceTraits<T>::descriptor(); };

template <GeneratedInterface T>
std::shared_ptr<T> cast_proxy(const std::shared_ptr<RemoteObject>& object)
{
    return std::dynamic_pointer_cast<T>(object);
}

/// The arguments and the result of a constructor of T, for the runtime.
template <class T, class Constructor>
class ConstructorValues;

template <class T, class... A>
class ConstructorValues<T, void(A...)> {
public:
    static constexpr std::size_t arity = sizeof...(A);

    template <class F>
    static constexpr bool accepts = std::is_invocable_v<F&, A...>;

    ConstructorValues() = default;
    template <class... B>
        requires(sizeof...(B) == sizeof...(A) && (std::is_constructible_v<A, B> && ...))
    explicit ConstructorValues(std::in_place_t, B&&... arguments) : arguments_(A(std::forward<B>(arguments))...)
    {
    }

    /// Calls `f` with the addresses of the arguments and of the result behind them.
    template <class F>
    void with_addresses(F f)
    {
        std::apply(
            [&](A&... arguments) {
                void* addresses[] = {static_cast<void*>(std::addressof(arguments))..., &result_};
                f(Values(addresses));
            },
            arguments_);
    }
    template <class F>
    std::shared_ptr<RemoteObject> construct(F& factory)
    {
        return std::apply(
            [&](A&... arguments) -> std::shared_ptr<RemoteObject> { return factory(std::move(arguments)...); },
            arguments_);
    }
    std::shared_ptr<T>& result() noexcept { return result_; }

private:
    std::tuple<A...> arguments_;
    std::shared_ptr<T> result_;
};

}  // namespace remoting
