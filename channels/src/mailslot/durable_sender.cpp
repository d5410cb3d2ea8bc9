// SPDX-License-Identifier: BSL-1.0
#include "mailslot/durable_sender.hpp"

#include "mailslot/durable_store.hpp"
#include "socket/url_rules.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t batch_messages = 1000;
constexpr std::size_t batch_bytes = std::size_t{8} * 1024 * 1024;

std::array<std::byte, 16> bytes_of(const Id128& id) noexcept
{
    std::array<std::byte, 16> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::byte>(id.high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::byte>(id.low >> (56 - 8 * i));
    }
    return bytes;
}

}  // namespace

DurableSender::DurableSender(const SlotAddress& address, const MailslotOptions& options, const char* vfs)
    : database_(address.endpoint, {.limits = options, .vfs = vfs}),
      limits_(options),
      written_(durable_name(database_)),
      writing_(durable_name(database_)),
      token_(Id128::random(system_random())),
      insert_(database_,
              "INSERT OR IGNORE INTO message(id, content) "
              "SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM delivered WHERE id = ?1)"),
      count_(database_, "UPDATE slot SET messages = messages + ?1, bytes = bytes + ?2 WHERE one = 1"),
      quota_(database_, "SELECT message_limit, queue_messages - messages, queue_bytes - bytes FROM slot WHERE one = 1")
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
                    "a message of " + std::to_string(head.size() + content.size()) + " bytes; at most " +
                        std::to_string(limits_.message_limit) + " are accepted");
    }
    Request request{.id = id, .content = Bytes(head)};
    request.content.append(content);
    std::unique_lock lock(mutex_);
    waiting_.push_back(&request);
    while (!request.is_done) {
        if (!is_led_) {
            lead(lock, deadline);
            continue;
        }
        const auto is_over = [&] { return request.is_done || !is_led_; };
        if (deadline == TimePoint::max()) {
            changed_.wait(lock, is_over);
        } else if (!changed_.wait_until(lock, deadline, is_over)) {
            if (const auto found = std::ranges::find(waiting_, &request); found != waiting_.end()) {
                waiting_.erase(found);
                throw_about(database_.url(), ErrorCode::deadline_exceeded, "others were still writing at the deadline");
            }
            changed_.wait(lock, [&] { return request.is_done; });  // being committed, which has an end
        }
    }
    if (request.error) {
        std::rethrow_exception(request.error);
    }
}

void DurableSender::lead(std::unique_lock<std::mutex>& lock, TimePoint deadline)
{
    is_led_ = true;
    Batch batch;
    std::size_t bytes = 0;
    while (batch.size() < std::min(waiting_.size(), batch_messages) && bytes < batch_bytes) {
        bytes += waiting_[batch.size()]->content.size();
        batch.push_back(waiting_[batch.size()]);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    lock.unlock();
    commit(batch, deadline);
    lock.lock();
    for (Request* const request : batch) {
        request->is_done = true;
    }
    is_led_ = false;
    changed_.notify_all();
}

void DurableSender::commit(const Batch& batch, TimePoint deadline) noexcept
{
    std::exception_ptr failure;
    try {
        commit_and_sync(batch, deadline);
        return;
    } catch (...) {
        failure = std::current_exception();
    }
    for (Request* const request : batch) {
        request->error = failure;
    }
}

void DurableSender::commit_and_sync(const Batch& batch, TimePoint deadline)
{
    {
        const Duration left = deadline == TimePoint::max() ? infinite : deadline - system_clock().now();
        const auto turn = writing_.lock(std::max(left, Duration::zero()));
        database_.wait_at_most(left);
        commit_in_turn(batch);
    }
    database_.sync();
    written_.signal();
}

void DurableSender::commit_in_turn(const Batch& batch)
{
    bool is_committing = false;
    try {
        database_.execute("BEGIN IMMEDIATE");
        store(batch);
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
        throw_about(database_.url(), ErrorCode::storage_corrupt, "the database has no limits");
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
    for (Request* const request : batch) {
        const auto size = static_cast<std::int64_t>(request->content.size());
        const bool is_too_long = size > quota.message_limit;
        if (is_too_long || messages >= quota.messages_left || size > quota.bytes_left - bytes) {
            request->error = std::make_exception_ptr(
                RemotingError(is_too_long ? ErrorCode::limit_exceeded : ErrorCode::resource_exhausted, Executed::no,
                              is_too_long ? "a message of " + std::to_string(size) + " bytes; at most " +
                                                std::to_string(quota.message_limit) + " are accepted by this slot"
                                          : "the slot has as many messages or bytes waiting as its owner allows",
                              {.method = {}, .object = {}, .address = database_.url().endpoint()}));
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
