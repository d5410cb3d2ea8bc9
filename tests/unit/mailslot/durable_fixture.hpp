// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "errors.hpp"
#include "lines.hpp"
#include "mailslot/durable_sender.hpp"
#include "mailslot/durable_store.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstddef>
#include <span>
#include <string>

namespace remoting::test {

inline std::span<const std::byte> bytes(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

/// A durable slot "letters" seen from inside.
struct DurableSlot : testing::Test {
    TemporaryDirectory temporary{"/dev/shm"};  // a disk would make it slow and prove nothing more
    const SlotAddress address = SlotAddress::parse("mailslot://./letters?durable");
    const TimePoint soon = system_clock().now() + patience;
    mutable Lines lines;

    MailslotOptions options(const std::string& folder = "state") const
    {
        MailslotOptions options;
        options.storage = temporary / folder;
        options.log = lines.log();
        return options;
    }
    static std::string next(SlotStore& store)
    {
        const auto message = store.take(system_clock().now());
        if (message) {
            store.done(*message);
        }
        return message ? std::string(message->content.as_string_view()) : "(none)";
    }
    std::string file(const std::string& suffix = {}) const { return temporary / "state/letters.slot" + suffix; }
    void write(const std::string& text) const { DurableSender(address, options()).send(bytes(text), {}, soon); }
    void write_some(int count) const
    {
        DurableSender sender(address, options());
        for (int i = 0; i < count; ++i) {
            sender.send(bytes(std::to_string(i)), {}, soon);
        }
    }
    /// Another program's idea of the database.
    void execute(const std::string& sql) const
    {
        sqlite3* handle = nullptr;
        ASSERT_EQ(::sqlite3_open(file().c_str(), &handle), SQLITE_OK);
        char* message = nullptr;
        EXPECT_EQ(::sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
        ::sqlite3_close(handle);
        ::chmod(file().c_str(), 0600);
    }
    void expect_refused(ErrorCode code) const
    {
        expect_error(code, Executed::no, [&] { DurableStore(address, options()); });
        expect_error(code, Executed::no, [&] { DurableSender(address, options()); });
    }
};

}  // namespace remoting::test
