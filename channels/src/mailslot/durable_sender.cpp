// SPDX-License-Identifier: BSL-1.0
#include "mailslot/durable_sender.hpp"

#include "mailslot/envelope.hpp"
#include "mailslot/message_id.hpp"
#include "mailslot/slot_repair.hpp"
#include "socket/url_rules.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t batch_messages = 1000;
constexpr std::size_t batch_bytes = std::size_t{8} * 1024 * 1024;

}  // namespace

DurableSender::DurableSender(const SlotAddress& address, const MailslotOptions& options, const char* vfs,
                             Duration longest_wait)
    : database_(address.endpoint, {.limits = options, .vfs = vfs, .longest_wait = longest_wait}),
      limits_(options),
      turn_(database_),
      reserve_(database_.url(), database_.directory()),
      token_(Id128::random(system_random())),
      insert_(database_,
              "INSERT INTO message(id, content) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM delivered WHERE id = ?1) "
              "ON CONFLICT(id) DO NOTHING"),
      count_(database_, "UPDATE slot SET messages = messages + ?1, bytes = bytes + ?2 WHERE one = 1"),
      quota_(database_,
             "SELECT message_limit, queue_messages - messages, queue_bytes - bytes, "
             "(SELECT max(seq) FROM sqlite_sequence) FROM slot WHERE one = 1")
{
}

void DurableSender::send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline)
{
    Id128 id = token_;
    {
        const std::lock_guard lock(mutex_);
        id.low = ++sequence_;  // in order, so that the index grows at its end
    }
    send(head, content, deadline, id);
}

void DurableSender::send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline,
                         const Id128& id)
{
    if (head.size() + content.size() > limits_.message_limit) {
        throw_about(database_.url(), ErrorCode::limit_exceeded,
                    "a message of " + std::to_string(head.size() + content.size() - Envelope::kind_size) +
                        " bytes; at most " + std::to_string(limits_.message_limit - Envelope::kind_size) +
                        " are accepted");
    }
    const auto request = std::make_shared<Request>(Request{.id = id, .content = Bytes(head)});
    request->content.append(content);
    std::unique_lock lock(mutex_);
    waiting_.push_back(request);
    const auto is_over = [&] { return request->is_done || !is_led_; };
    while (!request->is_done) {
        if (!is_led_) {
            lead(lock, request, deadline);
        } else if (deadline == TimePoint::max()) {
            changed_.wait(lock, is_over);
        } else if (!changed_.wait_until(lock, deadline, is_over)) {
            leave(request);
        }
    }
    if (request->error) {
        std::rethrow_exception(request->error);
    }
}

std::size_t DurableSender::waiting() const
{
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void DurableSender::leave(const std::shared_ptr<Request>& request)
{
    if (std::erase(waiting_, request) != 0) {
        throw_about(database_.url(), ErrorCode::deadline_exceeded, "others were still writing at the deadline");
    }
    throw RemotingError(ErrorCode::deadline_exceeded, Executed::maybe, "it was being written at the deadline",
                        {.method = {}, .object = {}, .address = endpoint_text(database_.url())});
}

void DurableSender::lead(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Request>& own, TimePoint deadline)
{
    is_led_ = true;
    lock.unlock();
    Batch batch;
    std::exception_ptr failure;
    try {
        write(batch, deadline);
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    if (batch.empty()) {  // it failed before there was one, which is this thread's matter alone
        std::erase(waiting_, own);
        batch.push_back(own);
    }
    for (const auto& request : batch) {
        request->is_done = true;
        if (!request->error) {
            request->error = failure;
        }
    }
    is_led_ = false;
    changed_.notify_all();
}

void DurableSender::write(Batch& batch, TimePoint deadline)
{
    {
        const auto turn = turn_.take(deadline);
        reserve_.keep();
        database_.wait_at_most(time_left(deadline));
        database_.execute("BEGIN IMMEDIATE");
        try {
            batch = take_batch();
            commit(batch);
        } catch (const std::bad_alloc&) {
            database_.roll_back();
            throw;
        } catch (const RemotingError& error) {
            if (error.code() != ErrorCode::storage_full) {
                throw;
            }
            database_.checkpoint();  // an emptied log has room, if the disk has not
            database_.execute("BEGIN IMMEDIATE");
            commit(batch);
        }
    }
    database_.sync();
    turn_.written().signal();
}

DurableSender::Batch DurableSender::take_batch()
{
    const std::lock_guard lock(mutex_);
    Batch batch;
    std::size_t bytes = 0;
    while (batch.size() < std::min(waiting_.size(), batch_messages) && bytes < batch_bytes) {
        bytes += waiting_[batch.size()]->content.size();
        batch.push_back(waiting_[batch.size()]);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    return batch;
}

void DurableSender::commit(const Batch& batch)
{
    bool is_committing = false;
    try {
        store(batch);
        database_.make_room();
        is_committing = true;
        database_.execute("COMMIT");
    } catch (const RemotingError& error) {
        database_.roll_back();
        // When the disk fails in the middle of a commit, the next one who opens the database may find it complete.
        const bool is_unknown = is_committing && error.code() == ErrorCode::internal;
        throw RemotingError(error.code(), is_unknown ? Executed::maybe : error.executed(), error.cause(),
                            {.method = {}, .object = {}, .address = error.address()});
    } catch (...) {
        database_.roll_back();
        throw;
    }
}

DurableSender::Quota DurableSender::read_quota()
{
    if (!quota_.step()) {
        throw_about(database_.url(), ErrorCode::storage_corrupt,
                    "the database has no limits; its owner sets them when it opens the slot");
    }
    if (quota_.integer(3) >= last_position) {  // SQLite would say that the disk is full
        quota_.reset();
        throw_about(database_.url(), ErrorCode::storage_corrupt,
                    "the database has a message behind which there is no place; its owner removes it when it opens "
                    "the slot");
    }
    const Quota quota{quota_.integer(0), quota_.integer(1), quota_.integer(2)};
    quota_.reset();
    return quota;
}

void DurableSender::store(const Batch& batch)
{
    Quota quota = read_quota();
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
    constexpr auto kind = static_cast<std::int64_t>(Envelope::kind_size);
    for (const auto& request : batch) {
        request->error = nullptr;
        const auto size = static_cast<std::int64_t>(request->content.size());
        const bool is_too_long = size > quota.message_limit;
        if (is_too_long || messages >= quota.messages_left || size > quota.bytes_left - bytes) {
            request->error = std::make_exception_ptr(RemotingError(
                is_too_long ? ErrorCode::limit_exceeded : ErrorCode::resource_exhausted, Executed::no,
                is_too_long ? "a message of " + std::to_string(size - kind) + " bytes; at most " +
                                  std::to_string(quota.message_limit - kind) + " are accepted by this slot"
                            : "the slot has as many messages or bytes waiting as its owner allows",
                {.method = {}, .object = {}, .address = endpoint_text(database_.url())}));
            continue;
        }
        const auto id = bytes_of(request->id);
        insert_.bind(1, std::span(id)).bind(2, std::span<const std::byte>(request->content)).run();
        if (database_.changes() != 0) {
            ++messages;
            bytes += size;
        }
    }
    count_.bind(1, messages).bind(2, bytes).run();
}

}  // namespace remoting
