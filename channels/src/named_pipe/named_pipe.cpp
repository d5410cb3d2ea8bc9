// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/named_pipe.hpp>

#include "named_pipe/pipe_instance.hpp"
#include "named_pipe/wait_for.hpp"
#include "socket/url_rules.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <span>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t largest_limit = std::size_t{1} << 30U;

TimePoint deadline_of(Duration timeout)
{
    return deadline_after(system_clock().now(), timeout);
}

ObjectUrl url_of(std::string_view name, const NamedPipeOptions& options)
{
    ObjectUrl url;
    url.scheme = "pipe";
    url.host = name;
    if (options.owner) {
        url.options["owner"] = std::to_string(*options.owner);
    }
    if (options.message_limit == 0 || options.message_limit > largest_limit || options.instances == 0) {
        throw_about(url, ErrorCode::invalid_argument,
                    "a pipe's message limit is 1 to 1073741824 bytes, and it has at least one instance");
    }
    return url;
}

}  // namespace

NamedPipe::NamedPipe(std::unique_ptr<PipeInstance> instance) noexcept : instance_(std::move(instance)) {}
NamedPipe::NamedPipe(NamedPipe&& other) noexcept = default;
NamedPipe& NamedPipe::operator=(NamedPipe&& other) noexcept = default;
NamedPipe::~NamedPipe() = default;

NamedPipe NamedPipe::connect(std::string_view name, Duration timeout, const NamedPipeOptions& options)
{
    const TimePoint deadline = deadline_of(timeout);
    const ObjectUrl url = url_of(name, options);
    PendingPipe pending(url, {.directory = options.directory}, options.message_limit, false, deadline);
    if (auto instance = pending.wait(deadline)) {
        return NamedPipe(std::move(instance));
    }
    throw_about(url, ErrorCode::deadline_exceeded,
                "all instances of pipe '" + url.host + "' were busy until the deadline");
}

PipeMode NamedPipe::mode() const noexcept
{
    return instance_->mode();
}
std::size_t NamedPipe::message_limit() const noexcept
{
    return instance_->message_limit();
}
const PeerIdentity& NamedPipe::peer() const noexcept
{
    return instance_->peer();
}
void NamedPipe::write(std::span<const std::byte> content, Duration timeout)
{
    instance_->write({}, content, deadline_of(timeout));
}
std::optional<Bytes> NamedPipe::read(Duration timeout)
{
    return instance_->read(deadline_of(timeout));
}
void NamedPipe::close() noexcept
{
    instance_->close();
}

Bytes NamedPipe::transact(std::span<const std::byte> message, Duration timeout)
{
    const TimePoint deadline = deadline_of(timeout);
    instance_->write({}, message, deadline);
    if (auto answer = instance_->read(deadline)) {
        return std::move(*answer);
    }
    throw RemotingError(ErrorCode::connection_lost, Executed::maybe, "the pipe was closed instead of an answer");
}

class NamedPipeServer::Acceptor final {
public:
    Acceptor(std::string_view name, NamedPipeOptions options)
        : greeting_{.mode = options.mode, .message_limit = options.message_limit},
          log_(std::move(options.log)),
          endpoint_(url_of(name, options), {.directory = options.directory}, std::move(options.access)),
          listening_(endpoint_.take_listening_socket()),
          instances_(std::make_shared<PipeInstances>(options.instances))
    {
    }

    std::unique_ptr<PipeInstance> accept(TimePoint deadline)
    {
        if (!instances_->take(deadline)) {
            throw_nobody("all instances stayed busy");
        }
        try {
            return accept_into_instance(deadline);
        } catch (...) {
            instances_->give_back();
            throw;
        }
    }
    const PipeInstances& instances() const noexcept { return *instances_; }
    void close() noexcept
    {
        instances_->close();
        ::shutdown(listening_.get(), SHUT_RDWR);
    }

private:
    std::unique_ptr<PipeInstance> accept_into_instance(TimePoint deadline)
    {
        for (;;) {
            FileDescriptor socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            const int error = errno;
            if (instances_->is_closed()) {
                throw_nobody("");
            }
            if (socket) {
                if (auto pipe = admit(std::move(socket))) {
                    return std::make_unique<PipeInstance>(endpoint_.url(), std::move(*pipe), greeting_, instances_);
                }
            } else if (error == EAGAIN) {
                if (!wait_for(listening_.get(), POLLIN, deadline)) {
                    throw_nobody("nobody connected");
                }
            } else if (error != EINTR && error != ECONNABORTED) {
                throw_errno(endpoint_.url(), ErrorCode::internal, error, "cannot accept");
            }
        }
    }

    /// Nothing for somebody who may not come in, or has gone already.
    std::optional<PipeSocket> admit(FileDescriptor socket)
    {
        try {
            PipeSocket pipe = endpoint_.admit(std::move(socket));
            const auto hello = greeting_.encode();
            const bool is_there = ::send(pipe.socket.get(), hello.data(), hello.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
                                  static_cast<ssize_t>(hello.size());
            return is_there ? std::optional(std::move(pipe)) : std::nullopt;
        } catch (const RemotingError& error) {
            if (log_) {
                log_("refused a connection: " + error.cause());
            } else {
                std::fprintf(stderr, "remoting: refused a connection: %s\n", error.cause().c_str());
            }
            return std::nullopt;
        }
    }

    [[noreturn]] void throw_nobody(const char* why) const
    {
        if (instances_->is_closed()) {
            throw_about(endpoint_.url(), ErrorCode::shutting_down, "the pipe server was closed");
        }
        throw_about(endpoint_.url(), ErrorCode::deadline_exceeded, std::string(why) + " until the deadline");
    }

    const PipeGreeting greeting_;
    const AcceptLog log_;
    PipeEndpoint endpoint_;
    const FileDescriptor listening_;
    const std::shared_ptr<PipeInstances> instances_;
};

NamedPipeServer::NamedPipeServer(std::string_view name, NamedPipeOptions options)
    : acceptor_(std::make_unique<Acceptor>(name, std::move(options)))
{
}

NamedPipeServer::~NamedPipeServer() = default;

NamedPipe NamedPipeServer::accept(Duration timeout)
{
    return NamedPipe(acceptor_->accept(deadline_of(timeout)));
}

std::size_t NamedPipeServer::connected() const
{
    return acceptor_->instances().taken();
}

void NamedPipeServer::close() noexcept
{
    acceptor_->close();
}

}  // namespace remoting
