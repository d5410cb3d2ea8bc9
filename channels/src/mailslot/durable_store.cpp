// SPDX-License-Identifier: BSL-1.0
#include "mailslot/durable_store.hpp"

#include "mailslot/slot_repair.hpp"
#include "mailslot/storage_directory.hpp"
#include "socket/url_rules.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace remoting {

namespace {

constexpr std::int64_t fetch_messages = 64;

/// A writer that dies between its commit and its signal says nothing; the owner looks by itself, too.
constexpr Duration look_again = std::chrono::seconds(1);

/// When so many were delivered and not removed, it waits a little for the turn to do it.
constexpr std::size_t many = 100;

constexpr Duration longest_wait = std::chrono::seconds(10);

DiskReserve given_up(DiskReserve reserve)
{
    reserve.give_up();
    return reserve;
}

std::optional<DeliveryMark::Message> key_of(std::int64_t position, std::optional<std::span<const std::byte>> id)
{
    DeliveryMark::Message key{.position = position};
    if (!id || id->size() != key.id.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*id, key.id.begin());
    return key;
}

}  // namespace

// A full disk has the room of the reserve, for what SQLite and others need to open.
DurableStore::DurableStore(const SlotAddress& address, const MailslotOptions& options, const char* vfs)
    : options_(options),
      owned_(address.endpoint, open_storage(address.endpoint, options.storage), address.endpoint.host + ".slot"),
      reserve_(given_up({address.endpoint, open_storage(address.endpoint, options.storage)})),
      database_(address.endpoint, {.limits = options, .vfs = vfs}),
      turn_(database_),
      mark_(address.endpoint, database_.directory()),
      remover_(database_, reserve_, options.remembered_ids),
      select_(database_, "SELECT position, id, content FROM message WHERE position > ?1 ORDER BY position LIMIT ?2"),
      state_(database_,
             "SELECT (SELECT length(content) FROM message WHERE position > ?1 ORDER BY position LIMIT 1), "
             "messages - (SELECT count(*) FROM message WHERE position <= ?1) FROM slot WHERE one = 1"),
      inspect_(database_,
               "SELECT position, id, length(content) FROM message WHERE position > ?1 ORDER BY position LIMIT ?2")
{
    database_.check();
    set_up();
    find_mark();
}

DurableStore::~DurableStore()
{
    try {
        if (not_removed_ != 0) {
            remove_delivered(look_again, WhenFull::now);
        }
    } catch (const std::exception&) {  // the next owner does it
    }
}

void DurableStore::report(const char* what, const RemotingError& error) const
{
    if (options_.log) {
        options_.log(endpoint_text(database_.url()) + ": " + what + ": " + error.cause());
    }
}

/// What is there can be delivered even when this fails.
void DurableStore::set_up()
{
    try {
        const auto turn = turn_.take(system_clock().now() + longest_wait);
        if (const std::int64_t removed = repair(database_, options_); removed != 0 && options_.log) {
            options_.log(endpoint_text(database_.url()) + ": " + std::to_string(removed) +
                         " rows that are no messages were removed");
        }
        reserve_.keep();
    } catch (const RemotingError& error) {
        if (error.code() == ErrorCode::storage_corrupt) {
            throw;
        }
        report("it is not set up for writers", error);
    }
    database_.wait_at_most(std::chrono::milliseconds(100));
}

void DurableStore::find_mark()
{
    const DeliveryMark::Message mark = mark_.read();
    Statement query(database_, "SELECT 1 FROM message WHERE position = ?1 AND id = ?2");
    if (query.bind(1, mark.position).bind(2, std::span<const std::byte>(mark.id)).step()) {
        last_fetched_ = last_done_ = mark.position;
        not_removed_ = 1;
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

std::vector<WaitingMessage> DurableStore::inspect(std::size_t most)
{
    const std::lock_guard lock(mutex_);
    std::vector<WaitingMessage> waiting;
    inspect_.bind(1, last_done_).bind(2, most);
    while (inspect_.step()) {
        if (const auto key = key_of(inspect_.integer(0), inspect_.blob(1))) {
            waiting.push_back({.position = key->position,
                               .id = id_of(key->id),
                               .size = static_cast<std::size_t>(std::max<std::int64_t>(inspect_.integer(2), 0))});
        }
    }
    inspect_.reset();
    return waiting;
}

/// What is no message is left out, and removed with the next one that is.
void DurableStore::fetch()
{
    select_.bind(1, last_fetched_).bind(2, fetch_messages);
    std::size_t bytes = 0;
    while (bytes < options_.message_limit && select_.step()) {
        last_fetched_ = select_.integer(0);
        const auto key = key_of(last_fetched_, select_.blob(1));
        const auto content = select_.blob(2);
        if (key && content) {
            bytes += content->size();
            fetched_.push_back({.key = *key, .content = Bytes(*content)});
        } else if (options_.log) {
            options_.log(endpoint_text(database_.url()) + ": row " + std::to_string(last_fetched_) +
                         " of the database is no message and was left out");
        }
    }
    select_.reset();
}

std::optional<StoredMessage> DurableStore::next()
{
    const std::lock_guard lock(mutex_);
    if (fetched_.empty()) {
        try {
            fetch();
        } catch (const RemotingError&) {
            if (fetched_.empty()) {
                throw;
            }
        }
    }
    if (fetched_.empty()) {
        return std::nullopt;
    }
    taken_ = fetched_.front().key;
    StoredMessage message{.content = std::move(fetched_.front().content),
                          .user_id = static_cast<std::uint32_t>(::geteuid()),
                          .id = taken_.position};
    fetched_.pop_front();
    return message;
}

std::optional<StoredMessage> DurableStore::take(TimePoint deadline)
{
    if (not_removed_ >= many && not_removed_ % many == 0) {
        remove_delivered(std::min(time_left(deadline), look_again), WhenFull::now);
    }
    while (!closed_) {
        const std::uint32_t seen = turn_.written().count();
        if (auto message = next()) {
            return message;
        }
        if (not_removed_ != 0) {
            remove_delivered(Duration::zero(), WhenFull::now);
        }
        const Duration left = time_left(deadline);
        if (left == Duration::zero() || closed_) {
            return std::nullopt;
        }
        turn_.written().wait(seen, std::min(look_again, left));
    }
    return std::nullopt;
}

void DurableStore::done(const StoredMessage& message)
{
    try {
        mark_.write(taken_);
    } catch (const RemotingError& error) {
        report("a message was delivered and may be once more", error);
    }
    {
        const std::lock_guard lock(mutex_);
        last_done_ = message.id;
        ++not_removed_;
    }
    remove_delivered(Duration::zero(), WhenFull::later);
}

/// All that were delivered, unless others have the turn for longer than that.
void DurableStore::remove_delivered(Duration longest, WhenFull when_full)
{
    try {
        const auto turn = turn_.try_take(longest);
        if (!turn) {
            return;
        }
        const std::lock_guard lock(mutex_);
        if (!remover_.try_remove_up_to(last_done_)) {
            if (when_full == WhenFull::later) {
                return;
            }
            remover_.remove_on_a_full_disk(last_done_);
        }
        not_removed_ = 0;
    } catch (const RemotingError& error) {
        report("delivered messages are not removed yet", error);
    }
}

std::size_t DurableStore::purge()
{
    std::size_t count = 0;
    {
        const std::lock_guard lock(mutex_);
        Statement all(database_, "SELECT max(position), count(*), id FROM message WHERE position > ?1");
        all.bind(1, last_done_).step();
        count = static_cast<std::size_t>(all.integer(1));
        if (const auto last = key_of(all.integer(0), all.blob(2))) {
            mark_.write(*last);
            last_done_ = last->position;
        }
        fetched_.clear();
        last_fetched_ = std::max(last_fetched_, last_done_);
        not_removed_ += count;
    }
    if (not_removed_ != 0) {
        remove_delivered(longest_wait, WhenFull::now);
    }
    return count;
}

void DurableStore::close() noexcept
{
    closed_ = true;
    try {
        turn_.written().signal();
    } catch (const RemotingError&) {  // it was made to be signalled
    }
}

}  // namespace remoting
