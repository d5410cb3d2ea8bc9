// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/async_servant.hpp>
#include <remoting/messaging/current_call.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace remoting {

/// An Asio executor for what belongs to one incoming call: whatever it runs sees that call as current_call(), so that a
/// coroutine's calls to others continue its chain and share its deadline, on whichever thread it is resumed.
class CallExecutor {
public:
    CallExecutor(boost::asio::any_io_executor inner, std::shared_ptr<AsyncServerCall> call) noexcept
        : inner_(std::move(inner)), call_(std::move(call))
    {
    }

    template <class Property>
        requires(boost::asio::can_query<const boost::asio::any_io_executor&, Property>::value)
    decltype(auto) query(const Property& property) const
    {
        return boost::asio::query(inner_, property);
    }
    template <class Property>
        requires(boost::asio::can_require<const boost::asio::any_io_executor&, Property>::value)
    CallExecutor require(const Property& property) const
    {
        return {boost::asio::require(inner_, property), call_};
    }
    template <class Property>
        requires(boost::asio::can_prefer<const boost::asio::any_io_executor&, Property>::value)
    CallExecutor prefer(const Property& property) const
    {
        return {boost::asio::prefer(inner_, property), call_};
    }

    template <class F>
    void execute(F&& function) const
    {
        inner_.execute([call = call_, work = std::decay_t<F>(std::forward<F>(function))]() mutable {
            const CurrentCallScope scope(call->current());
            std::move(work)();
        });
    }

    friend bool operator==(const CallExecutor& a, const CallExecutor& b) noexcept
    {
        return a.inner_ == b.inner_ && a.call_ == b.call_;
    }
    friend bool operator!=(const CallExecutor& a, const CallExecutor& b) noexcept { return !(a == b); }

private:
    boost::asio::any_io_executor inner_;
    std::shared_ptr<AsyncServerCall> call_;
};

}  // namespace remoting
