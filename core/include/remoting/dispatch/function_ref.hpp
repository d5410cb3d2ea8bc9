// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace remoting {

template <class Signature>
class FunctionRef;

/// A callable borrowed for the duration of one call; it must outlive the FunctionRef. Never allocates.
template <class R, class... A>
class FunctionRef<R(A...)> {
public:
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, A...>)
        FunctionRef(F&& function)
    noexcept
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
          call_([](void* object, A... arguments) -> R {
              return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<A>(arguments)...);
          })
    {
    }

    R operator()(A... arguments) const { return call_(object_, std::forward<A>(arguments)...); }

private:
    void* object_;
    R (*call_)(void*, A...);
};

}  // namespace remoting
