// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/proxies/proxy_target.hpp>
#include <remoting/proxies/stream_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

// A stream on the wire is a reference to an object "~stream.source" of the producer's side. Its consumer gives it a
// sink, an object "~stream.sink", to which the source sends its values; proxies/README.md has the picture. This is the
// part that is the same for all types of values.

namespace remoting {

class OutputArchive;
class InputArchive;

namespace detail {

/// Bytes of values that may be under way or unread; those of the last batch or value that it has room for come on top.
inline constexpr std::uint32_t stream_window = 256U * 1024;
/// A batch is sent with so many bytes or more, as far as values are there.
inline constexpr std::size_t stream_batch_size = std::size_t{16} * 1024;

/// Methods of a source.
enum class SourceMethod : std::uint8_t { start, credit };
/// Methods of a sink.
enum class SinkMethod : std::uint8_t { items, end };

/// Base of sources and sinks, the objects that the runtime itself sends. Their calls are one-way, come one after the
/// other and never wait; they run on a thread of their own, so that servants that wait for a stream do not keep its
/// values away.
class StreamEndpoint : public virtual RemoteObject {};

/// Exceptions a stream may end with: those that its method declares.
struct StreamErrors {
    std::span<const ExceptionDescriptor* const> throws{};
    std::span<const ExceptionDescriptor* const> known{};
};

/// How a stream ended, on its way out.
struct OutgoingEnd {
    std::exception_ptr failure;
    bool is_own;  ///< the library's failure, not the producer's
    StreamErrors errors;
    ProxyTarget target;

    void encode(OutputArchive& archive) const;
};
/// Null for the regular end. @throws RemotingError invalid_payload
std::exception_ptr decode_end(InputArchive& archive, const StreamErrors& errors);

/// What a consumer gets whose producer cannot be reached any more.
std::exception_ptr stream_lost();
/// @throws RemotingError invalid_argument for what is no stream
[[noreturn]] void refuse_stream();

/// Where a sink or source of a peer is. @throws RemotingError invalid_payload for an object of this side
const ProxyTarget& stream_peer(RemoteObject& object);
std::shared_ptr<World> world_of(const ProxyTarget& target);
Duration default_idle_timeout(const ProxyTarget& target);
/// Runs `work`, which may wait, on a thread that ends with the Client or Server. @throws RemotingError shutting_down
void run_apart(const ProxyTarget& target, std::function<void()> work);
/// Sends a call, which has no deadline, and does not wait. `owner` keeps `values` until `sent` was called, once, on any thread, perhaps
/// in here.
void send_stream_message(const ProxyTarget& target, const InterfaceDescriptor& interface, std::size_t method,
                         Values values, std::shared_ptr<void> owner,
                         std::function<void(std::exception_ptr)> sent) noexcept;

/// Sends a queue's values to a sink, as far as its credit goes. Small values gather while others are under way.
class StreamFeeder : public StreamEndpoint, public std::enable_shared_from_this<StreamFeeder> {
public:
    /// The peer consumed so many bytes.
    void credit(std::size_t bytes);

protected:
    StreamFeeder(std::shared_ptr<StreamState> queue, StreamErrors errors) noexcept;
    /// The consumer is gone.
    ~StreamFeeder() override;

    /// The peer's sink, as of then; later ones are ignored. @throws RemotingError
    void start(std::shared_ptr<RemoteObject> sink, const InterfaceDescriptor& interface, std::size_t window);
    /// `values` values were encoded, and took so many bytes.
    void encoded(std::size_t values, std::size_t bytes) noexcept;
    /// Has values ready to be encoded, taking them from the queue if there are `least` or no more come.
    virtual bool load(std::size_t least) = 0;
    /// For SinkMethod::items.
    virtual Values items() noexcept = 0;

private:
    using Lock = std::unique_lock<std::mutex>;

    void pump() noexcept;
    bool send_next(Lock& lock);
    void send_end(std::shared_ptr<RemoteObject> sink, std::exception_ptr failure, bool is_own) noexcept;
    void items_sent(const std::exception_ptr& failure) noexcept;
    void sending_failed(const std::exception_ptr& failure) noexcept;

    const std::shared_ptr<StreamState> queue_;
    const StreamErrors errors_;
    std::mutex mutex_;
    std::shared_ptr<RemoteObject> sink_;
    const InterfaceDescriptor* interface_ = nullptr;  ///< the sink's; null before the start
    std::size_t window_ = 0;
    std::size_t outstanding_ = 0;  ///< bytes sent for which no credit came back
    bool is_sending_ = false;
    bool is_pumping_ = false;
    bool must_look_again_ = false;
};

}  // namespace detail
}  // namespace remoting
