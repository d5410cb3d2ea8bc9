// SPDX-License-Identifier: BSL-1.0
#include "mailslot/message_remover.hpp"

#include "socket/url_rules.hpp"

#include <remoting/errors/exceptions.hpp>

#include <algorithm>
#include <limits>

namespace remoting {

namespace {

/// Messages in a commit.
constexpr std::int64_t largest_part = 1024;

/// Ids of messages, when there is no room for later ones.
constexpr std::int64_t forgotten_at_once = 100;

}  // namespace

MessageRemover::MessageRemover(Database& database, DiskReserve& reserve, std::size_t remembered_ids)
    : database_(database),
      reserve_(reserve),
      remembered_(
          static_cast<std::int64_t>(std::min<std::size_t>(remembered_ids, std::numeric_limits<std::int64_t>::max()))),
      measure_(database_,
               "SELECT max(position), count(*), coalesce(sum(size), 0) FROM (SELECT position, length(content) AS size "
               "FROM message WHERE position <= ?1 ORDER BY position LIMIT ?2)"),
      // Whatever the table says of that id or position is older.
      remember_(database_,
                "INSERT OR REPLACE INTO delivered(position, id) SELECT position, id FROM message WHERE position <= ?1"),
      delete_(database_, "DELETE FROM message WHERE position <= ?1"),
      count_(database_, "UPDATE slot SET messages = messages - ?1, bytes = bytes - ?2 WHERE one = 1"),
      forget_(database_, "DELETE FROM delivered WHERE position <= ?1"),
      oldest_(database_, "SELECT max(position) FROM (SELECT position FROM delivered ORDER BY position LIMIT ?1)")
{
}

bool MessageRemover::try_remove_up_to(std::int64_t position)
{
    try {
        while (remove_some(position, largest_part, Growth::allowed)) {
        }
        return true;
    } catch (const RemotingError& error) {
        if (error.code() != ErrorCode::storage_full) {
            throw;
        }
        return false;
    }
}

/// With what the log gives back when it is emptied, and with the reserve, which is put back when that is done. Of that
/// nothing may go to the database, which would keep it.
void MessageRemover::remove_on_a_full_disk(std::int64_t position)
{
    reserve_.give_up();
    database_.checkpoint();
    for (std::int64_t part = largest_part;;) {
        try {
            if (!remove_some(position, part, Growth::none)) {
                break;
            }
        } catch (const RemotingError& error) {
            // Even one needs a page to remember it in: one that has older ids.
            if (error.code() != ErrorCode::storage_full || (part == 1 && !forget_some())) {
                throw;
            }
            part = std::max<std::int64_t>(part / 2, 1);
            database_.checkpoint();
        }
    }
    database_.checkpoint();
    try {
        reserve_.keep();
    } catch (const RemotingError&) {  // writers try again, before they write
    }
}

/// False when there is nothing to forget.
bool MessageRemover::forget_some()
{
    try {
        database_.checkpoint();
        database_.execute("BEGIN IMMEDIATE");
        oldest_.bind(1, forgotten_at_once).step();
        const std::int64_t last = oldest_.integer(0);
        oldest_.reset();
        forget_.bind(1, last).run();
        const bool has_forgotten = database_.changes() != 0;
        database_.execute("COMMIT");
        return has_forgotten;
    } catch (...) {
        database_.roll_back();
        throw;
    }
}

/// True when there may be more.
bool MessageRemover::remove_some(std::int64_t position, std::int64_t most, Growth growth)
{
    std::int64_t messages = 0;
    try {
        database_.execute("BEGIN IMMEDIATE");
        measure_.bind(1, position).bind(2, most).step();
        const std::int64_t last = measure_.integer(0);
        messages = measure_.integer(1);
        count_.bind(1, messages).bind(2, measure_.integer(2));
        measure_.reset();
        if (messages != 0) {
            count_.run();
            remember_.bind(1, last).run();
            delete_.bind(1, last).run();
            forget_.bind(1, last > remembered_ ? last - remembered_ : 0).run();
            if (growth == Growth::allowed) {
                database_.make_room();
            } else if (!database_.has_room()) {
                throw_about(database_.url(), ErrorCode::storage_full, "there is no page for the id of a message");
            }
        }
        database_.execute("COMMIT");
    } catch (...) {
        measure_.reset();
        database_.roll_back();
        throw;
    }
    return messages == most;
}

}  // namespace remoting
