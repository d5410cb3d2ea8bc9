// SPDX-License-Identifier: BSL-1.0
#include <remoting/proxies/stream_feeder.hpp>

#include "world.hpp"

#include "remote_reference.hpp"

#include <remoting/async_stream.hpp>
#include <remoting/channels/connection.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/proxies/async_operation.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/sinks/exception_codec.hpp>

#include <string>
#include <utility>

namespace remoting::detail {

namespace {

/// A one-way call of a source or sink.
class StreamMessage final : public AsyncOperation {
public:
    StreamMessage(Values values, std::shared_ptr<void> owner, std::function<void(std::exception_ptr)> sent)
        : values_(values),
          owner_(std::move(owner)),
          sent_(std::move(sent))
    {
    }

    Values values() noexcept override { return values_; }
    void finish(std::unique_ptr<FinishedCall> call) noexcept override
    {
        std::exception_ptr failure;
        try {
            call->take();
        } catch (...) {
            failure = std::current_exception();
        }
        call.reset();
        const auto sent = std::move(sent_);
        const auto owner = std::move(owner_);
        delete this;
        sent(failure);
    }
    void destroy() noexcept override { delete this; }

private:
    const Values values_;
    std::shared_ptr<void> owner_;
    std::function<void(std::exception_ptr)> sent_;
};

bool tells_details(const ProxyTarget& target)
{
    const auto connection = target.reference().ready_connection();
    switch (target.reference().world().options().custom_errors) {
        case CustomErrors::off:
            return true;
        case CustomErrors::remote_only:
            return connection != nullptr && connection->peer().is_local;
        case CustomErrors::on:
            break;
    }
    return false;
}

void tell_log(const ProxyTarget& target, const Description& details)
{
    const Log& log = target.reference().world().options().log;
    if (log) {
        log(printable("the producer of a stream for " + target.reference().address() + " threw " + details.type + ": " +
                      details.text.substr(0, 1000)));
    }
}

void encode_text(OutputArchive& archive, ErrorCode code, const std::string& type, const std::string& text)
{
    archive << static_cast<std::uint16_t>(code) << printable(type) << printable(text);
}

}  // namespace

void OutgoingEnd::encode(OutputArchive& archive) const
{
    if (failure == nullptr) {
        encode_text(archive, ErrorCode::ok, "", "");
        return;
    }
    try {
        std::rethrow_exception(failure);
    } catch (const UserException& exception) {
        if (is_declared(errors.throws, exception.remoting_descriptor())) {
            encode_text(archive, ErrorCode::user_exception, "", "");
            encode_exception(archive, exception);
            return;
        }
    } catch (const RemotingError& error) {
        if (is_own) {
            encode_text(archive, error.code(), "", error.cause());
            return;
        }
    } catch (...) {
    }
    const Description details = describe(failure);
    tell_log(target, details);
    const bool tells = tells_details(target);
    encode_text(archive, ErrorCode::internal, tells ? details.type : "", tells ? details.text : "");
}

std::exception_ptr decode_end(InputArchive& archive, const StreamErrors& errors)
{
    const ErrorCode code = error_code_of(archive.read<std::uint16_t>());
    auto type = archive.read<std::string>();
    auto text = archive.read<std::string>();
    const ErrorOrigin origin{"the producer of a stream", {}, {}};
    switch (code) {
        case ErrorCode::ok:
            return nullptr;
        case ErrorCode::internal:
            return std::make_exception_ptr(RemoteException(std::move(type), std::move(text), origin));
        case ErrorCode::user_exception:
            break;
        default:
            return std::make_exception_ptr(RemotingError(code, Executed::yes, std::move(text), origin));
    }
    try {
        raise_exception(archive, {}, errors.known, origin);
    } catch (...) {
        return std::current_exception();
    }
}

std::exception_ptr stream_lost()
{
    return std::make_exception_ptr(RemotingError(ErrorCode::connection_lost, Executed::maybe,
                                                 "the connection to the stream's producer ended before the stream"));
}

void refuse_stream()
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                        "a stream that was not made, or was passed on, cannot be sent");
}

const ProxyTarget& stream_peer(RemoteObject& object)
{
    Proxy* const proxy = object.remoting_proxy();
    if (proxy == nullptr) {
        throw RemotingError(ErrorCode::invalid_payload, Executed::no, "a stream that leads back to where it came from");
    }
    return proxy->remoting_target();
}

std::shared_ptr<World> world_of(const ProxyTarget& target)
{
    return target.reference().world().shared_from_this();
}

boost::asio::any_io_executor default_executor(const std::shared_ptr<World>& home)
{
    return home != nullptr ? home->callback_threads().executor()
                           : boost::asio::any_io_executor(boost::asio::system_executor());
}

Duration default_idle_timeout(const ProxyTarget& target)
{
    return target.reference().world().options().deadline;
}

void run_apart(const ProxyTarget& target, std::function<void()> work)
{
    target.reference().world().engine().run_apart(std::move(work));
}

void send_stream_message(const ProxyTarget& target, const InterfaceDescriptor& interface, std::size_t method,
                         Values values, std::shared_ptr<void> owner,
                         std::function<void(std::exception_ptr)> sent) noexcept
{
    // A stream outlives the call that it came with, whose chain and deadline are not its own.
    const CurrentCallScope scope(nullptr);
    start_call(target, interface, method, CallOptions{.deadline = infinite},
               AsyncOperationPtr(new StreamMessage(values, std::move(owner), std::move(sent))), nullptr);
}

}  // namespace remoting::detail
