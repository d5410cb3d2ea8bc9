// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_sender.hpp"

#include "mailslot/envelope.hpp"
#include "socket/url_rules.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace remoting {

void SlotSender::send(std::span<const std::byte>, std::span<const std::byte>, TimePoint, const Id128&)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no, "only durable mailslots keep ids");
}

VolatileSender::VolatileSender(const SlotAddress& address, const MailslotOptions& options)
    : url_(address.endpoint),
      options_(options),
      limit_(options.message_limit)
{
}

void VolatileSender::connect(TimePoint deadline)
{
    const std::unique_lock lock(turn_, deadline);
    connected(deadline);
}

PipeInstance& VolatileSender::connected(TimePoint deadline)
{
    if (pipe_ != nullptr) {
        return *pipe_;
    }
    if (!pending_) {
        pending_.emplace(url_, slot_place(options_.directory), options_.message_limit, true, deadline);
        ++connections_;
    }
    try {
        pipe_ = pending_->wait(deadline);
    } catch (const RemotingError&) {
        pending_.reset();
        throw;
    }
    if (pipe_ == nullptr) {  // it keeps its place in the queue
        throw_about(url_, ErrorCode::deadline_exceeded, "the owner of '" + url_.host + "' did not take this writer on");
    }
    pending_.reset();
    limit_ = pipe_->message_limit();
    return *pipe_;
}

void VolatileSender::write(std::span<const std::byte> head, std::span<const std::byte> content, const WriteTimes& times)
{
    PipeInstance& pipe = connected(times.begin);
    const std::size_t size = head.size() + content.size();
    if (size > limit_) {
        throw_about(url_, ErrorCode::limit_exceeded,
                    "a message of " + std::to_string(size - Envelope::kind_size) + " bytes; at most " +
                        std::to_string(limit_ - Envelope::kind_size) + " are accepted there");
    }
    try {
        pipe.write(head, content, times);
    } catch (const RemotingError& error) {
        if (error.code() == ErrorCode::connection_lost || error.executed() != Executed::no) {
            pipe_.reset();  // what is left of a message that was cut would be taken for others
        }
        throw_about(url_, error.code(), error.cause());
    }
}

void VolatileSender::send(std::span<const std::byte> head, std::span<const std::byte> content, const WriteTimes& times)
{
    const std::unique_lock lock(turn_, times.begin);
    if (!lock) {
        throw_about(url_, ErrorCode::deadline_exceeded, "others were still writing at the deadline");
    }
    const bool was_connected = pipe_ != nullptr || pending_.has_value();
    try {
        write(head, content, times);
    } catch (const RemotingError& error) {
        // The owner that was connected to is gone. There may be another one.
        if (!was_connected || pipe_ != nullptr || pending_ || error.code() == ErrorCode::deadline_exceeded) {
            throw;
        }
        write(head, content, times);
    }
}

}  // namespace remoting
