// SPDX-License-Identifier: BSL-1.0
#include "mailslot/durable_store.hpp"

#include "mailslot/storage_directory.hpp"
#include "socket/url_rules.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace remoting {

namespace {

constexpr std::int64_t fetch_messages = 64;

/// Writers of another mount namespace have events of their own; the owner looks by itself, too.
constexpr auto look_again = std::chrono::seconds(1);

}  // namespace

std::string durable_name(const Database& database)
{
    return "slot-" + database.identity();
}

DurableStore::DurableStore(const SlotAddress& address, const MailslotOptions& options, const char* vfs)
    : options_(options),
      database_(address.endpoint, {.limits = options, .vfs = vfs}),
      owned_(address.endpoint, open_storage(address.endpoint, options.storage), address.endpoint.host + ".slot"),
      written_(durable_name(database_)),
      writing_(durable_name(database_)),
      select_(database_, "SELECT position, content FROM message WHERE position > ?1 ORDER BY position LIMIT ?2"),
      state_(database_,
             "SELECT (SELECT length(content) FROM message WHERE position > ?1 ORDER BY position LIMIT 1), "
             "messages - (SELECT count(*) FROM message WHERE position <= ?1) FROM slot WHERE one = 1"),
      remember_(database_,
                "INSERT OR IGNORE INTO delivered(position, id) "
                "SELECT position, id FROM message WHERE position <= ?1"),
      measure_(database_, "SELECT count(*), coalesce(sum(length(content)), 0) FROM message WHERE position <= ?1"),
      delete_(database_, "DELETE FROM message WHERE position <= ?1"),
      count_(database_, "UPDATE slot SET messages = messages - ?1, bytes = bytes - ?2 WHERE one = 1"),
      forget_(database_, "DELETE FROM delivered WHERE position <= ?1")
{
    database_.check();
    try {
        database_.set_limits(options_);
    } catch (const RemotingError& error) {
        if (error.code() != ErrorCode::storage_full) {
            throw;
        }
        report("its limits could not be set", error);  // what is there can be delivered nevertheless
    }
}

void DurableStore::report(const char* what, const RemotingError& error) const
{
    if (options_.log) {
        options_.log(database_.url().endpoint() + ": " + what + ": " + error.cause());
    }
}

SlotStore::State DurableStore::state()
{
    const std::lock_guard lock(mutex_);
    state_.bind(1, last_done_);
    State state;
    if (state_.step()) {
        state.waiting = static_cast<std::size_t>(std::max<std::int64_t>(state_.integer(1), 0));
        if (state.waiting != 0) {
            state.next_size = static_cast<std::size_t>(std::max<std::int64_t>(state_.integer(0), 0));
        }
    }
    state_.reset();
    return state;
}

void DurableStore::fetch()
{
    select_.bind(1, last_taken_).bind(2, fetch_messages);
    std::size_t bytes = 0;
    while (bytes < options_.message_limit && select_.step()) {
        const auto content = select_.blob(1);
        if (!content) {
            select_.reset();
            throw_about(database_.url(), ErrorCode::storage_corrupt, "a message in the database is of no known kind");
        }
        bytes += content->size();
        fetched_.push_back(
            {.content = Bytes(*content), .user_id = static_cast<std::uint32_t>(::geteuid()), .id = select_.integer(0)});
        last_taken_ = select_.integer(0);
    }
    select_.reset();
}

std::optional<StoredMessage> DurableStore::take(TimePoint deadline)
{
    for (;;) {
        const std::uint32_t seen = written_.count();
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                return std::nullopt;
            }
            if (fetched_.empty()) {
                fetch();
            }
            if (!fetched_.empty()) {
                StoredMessage message = std::move(fetched_.front());
                fetched_.pop_front();
                return message;
            }
        }
        const TimePoint now = system_clock().now();
        if (now >= deadline) {
            return std::nullopt;
        }
        written_.wait(seen, std::min<Duration>(look_again, deadline - now));
    }
}

std::size_t DurableStore::remove_up_to(std::int64_t position)
{
    std::int64_t messages = 0;
    const auto turn = writing_.lock(std::chrono::seconds(10));
    try {
        database_.execute("BEGIN IMMEDIATE");
        measure_.bind(1, position).step();
        messages = measure_.integer(0);
        count_.bind(1, messages).bind(2, measure_.integer(1));
        measure_.reset();
        count_.run();
        remember_.bind(1, position).run();
        delete_.bind(1, position).run();
        const auto kept = static_cast<std::int64_t>(
            std::min<std::size_t>(options_.remembered_ids, std::numeric_limits<std::int64_t>::max()));
        forget_.bind(1, position > kept ? position - kept : 0).run();
        database_.execute("COMMIT");
    } catch (...) {
        measure_.reset();
        database_.roll_back();
        throw;
    }
    return static_cast<std::size_t>(messages);
}

void DurableStore::done(const StoredMessage& message)
{
    const std::lock_guard lock(mutex_);
    last_done_ = message.id;
    try {
        remove_up_to(message.id);
    } catch (const RemotingError& error) {
        if (error.code() == ErrorCode::storage_corrupt) {
            throw;
        }
        // Removed together with the next one; until then this process knows that it was delivered.
        report("a delivered message could not be removed yet", error);
    }
}

std::size_t DurableStore::purge()
{
    const std::lock_guard lock(mutex_);
    fetched_.clear();
    Statement last(database_, "SELECT coalesce(max(position), 0) FROM message");
    last.step();
    const std::int64_t position = last.integer(0);
    last.reset();
    const std::size_t count = remove_up_to(position);
    last_taken_ = last_done_ = std::max(last_taken_, position);
    return count;
}

void DurableStore::close() noexcept
{
    closed_ = true;
    try {
        written_.signal();
    } catch (const RemotingError&) {  // it was made to be signalled
    }
}

}  // namespace remoting
