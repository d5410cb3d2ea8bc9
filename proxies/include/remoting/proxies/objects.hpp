// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/proxies/call_options.hpp>

#include <memory>
#include <string>

namespace remoting {

/// Whether both are the same object: the same servant here, or proxies of the same object elsewhere. Two null
/// pointers are the same. No round trip.
bool same_object(const std::shared_ptr<RemoteObject>& a, const std::shared_ptr<RemoteObject>& b);

/// The servant here that `object` is, or is a proxy of: what comes home to an object that takes turns is a proxy, whose calls take
/// their turn. Calls on what this gives do not. Null when the object is elsewhere, or a null pointer.
std::shared_ptr<RemoteObject> local_servant(const std::shared_ptr<RemoteObject>& object);
template <class T>
std::shared_ptr<T> local_object(const std::shared_ptr<T>& object)
{
    return std::dynamic_pointer_cast<T>(local_servant(object));
}

/// Whether calls on it go to another process or through a channel.
bool is_proxy(const RemoteObject& object) noexcept;

/// Where a proxy's object is: "tcp://127.0.0.1:6100/counter". Empty for a local object.
std::string object_url(const RemoteObject& object);

/// An untyped copy of a proxy whose calls have other options; see with_options.
std::shared_ptr<RemoteObject> copy_with_options(const std::shared_ptr<RemoteObject>& object, CallOptions options);

/// A proxy of the same object for calls with these options; what they leave open stays as it is with `object`. A local
/// object is returned as it is. @throws RemotingError invalid_argument when the deadline is not positive
template <class T>
std::shared_ptr<T> with_options(const std::shared_ptr<T>& object, const CallOptions& options)
{
    return std::dynamic_pointer_cast<T>(copy_with_options(object, options));
}

/// Waits for a sign of life of the process where a proxy's object is, connecting if need be; says nothing about the object.
/// A local object lives. @throws RemotingError deadline_exceeded, connection_lost, connect_failed ...
void ping(const RemoteObject& object, Duration deadline);

/// A proxy of the same object whose calls end after `deadline` (`infinite` to wait for ever) instead of the
/// Client's default. A local object is returned as it is.
/// @throws RemotingError invalid_argument when the deadline is not positive
template <class T>
std::shared_ptr<T> with_deadline(const std::shared_ptr<T>& object, Duration deadline)
{
    return with_options(object, CallOptions{.deadline = deadline});
}

}  // namespace remoting
