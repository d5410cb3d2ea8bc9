// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_repair.hpp"

#include <string>

namespace remoting {

namespace {

std::string is_absurd(const std::string& position)
{
    return "(typeof(" + position + ") <> 'integer' OR " + position + " NOT BETWEEN 0 AND " +
           std::to_string(last_position) + ")";
}

void remove_rows_of_others(Database& database)
{
    database.execute(("DELETE FROM slot WHERE one <> 1; DELETE FROM sqlite_sequence WHERE name IS NOT 'message';"
                      "DELETE FROM delivered WHERE " +
                      is_absurd("position"))
                         .c_str());
}

std::int64_t remove_what_is_no_message(Database& database)
{
    database.execute(("DELETE FROM message WHERE position = 0 OR " + is_absurd("position") +
                      " OR typeof(id) <> 'blob' OR length(id) <> 16 OR typeof(content) <> 'blob'")
                         .c_str());
    return database.changes();
}

void continue_positions(Database& database)
{
    database.execute(("UPDATE sqlite_sequence SET seq = max((SELECT coalesce(max(position), 0) FROM message), "
                      "(SELECT coalesce(max(position), 0) FROM delivered)) WHERE " +
                      is_absurd("seq"))
                         .c_str());
}

}  // namespace

std::int64_t repair(Database& database, const MailslotOptions& limits)
{
    std::int64_t removed = 0;
    try {
        database.execute("BEGIN IMMEDIATE");
        removed = remove_what_is_no_message(database);
        remove_rows_of_others(database);
        continue_positions(database);
        Statement(database,
                  "INSERT OR REPLACE INTO slot SELECT 1, count(*), coalesce(sum(length(content)), 0), ?1, ?2, ?3 "
                  "FROM message")
            .bind(1, limits.message_limit)
            .bind(2, limits.queue_messages)
            .bind(3, limits.queue_bytes)
            .run();
        database.make_room();
        database.execute("COMMIT");
    } catch (...) {
        database.roll_back();
        throw;
    }
    return removed;
}

}  // namespace remoting
