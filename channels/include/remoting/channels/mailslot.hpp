// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/access_list.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/remote_object.hpp>
#include <remoting/errors/log.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/messaging/random_source.hpp>
#include <remoting/types/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remoting {

// Mailslots: one-way messages from any number of writers to the one process that owns a slot. A message is raw bytes,
// or a call of an interface whose methods are all [oneway]. Link remoting::mailslot.
//
// A volatile slot keeps messages in its owner's memory: it takes messages while the owner lives, drops and counts what
// does not fit, and goes with the owner. A durable one (?durable) keeps them in an SQLite database: a message that was
// written is on the disk, also while no owner runs; each is delivered once to an owner that lives, and once more to
// one that died while it dealt with the message.

struct MailslotOptions {
    /// Bytes of the longest message; of a call with the names of object, interface and method, and 6 bytes. 1 to 64
    /// MiB.
    std::size_t message_limit = std::size_t{64} * 1024;
    /// Messages and bytes that may wait. A volatile slot drops what comes then, a durable one refuses it.
    std::size_t queue_messages = 100'000;
    std::size_t queue_bytes = std::size_t{64} * 1024 * 1024;
    /// For read() and dispatch_next() where none is given.
    Duration read_timeout = Duration::zero();
    /// Who may write beside the owner's user. Volatile slots only: invalid_argument for a durable one.
    AccessList access = {};
    /// Of the sockets; as in PipeOptions. Volatile slots only, likewise.
    std::string directory = {};
    /// Of the databases of durable slots: an absolute path, a directory like that of pipes (0700). Empty:
    /// $XDG_STATE_HOME/remoting, else ~/.local/state/remoting. Made if it is missing, with what leads there.
    std::string storage = {};
    /// Of a durable slot: how many ids of delivered messages are remembered, so that one that is written again, because
    /// its writer could not know that it was written, is not delivered again.
    std::size_t remembered_ids = 100'000;
    /// Told how much was dropped, who was refused, what servants threw, and at the end of a volatile slot how many
    /// messages were lost with it; a writer to a group is told which slots missed how many. At most one line a second
    /// of each slot's own, and one at its end.
    Log log = log_to_stderr();
};

struct MailslotInfo {
    std::size_t message_limit = 0;
    std::optional<std::size_t> next_size;  ///< bytes of the next message, counted as by the limit; nothing: none waits
    std::size_t waiting = 0;
    Duration read_timeout = Duration::zero();
    std::uint64_t dropped = 0;  ///< since the owner began
};

/// A message of a durable slot that waits.
struct WaitingMessage {
    std::int64_t position = 0;  ///< rises from one message to the next
    Id128 id;                   ///< its writer's; see MailslotWriter::write
    std::size_t size = 0;       ///< bytes, counted as by the limit
};

struct MailslotMessage {
    Bytes content;       ///< raw bytes, or a call's encoded arguments
    std::string object;  ///< of a call, as are the next two; empty for raw bytes
    std::string interface_name;
    std::string method;
    std::uint32_t user_id = 0;  ///< who wrote it, as the kernel says; the owner's user for a durable slot
    std::string sender;         ///< "192.0.2.7:40000" when it came over the network; user_id is unknown_user then
};

/// As in C's (uid_t)-1, which is nobody's.
inline constexpr std::uint32_t unknown_user = 0xFFFF'FFFF;

// Volatile slots may also hear the local network: their owner says "mailslot://./name?interface=eth0&insecure", and a
// writer "mailslot://*/name?interface=eth0&insecure", which reaches all of them, on this machine too. It is UDP
// multicast (port 42742 unless ?port says otherwise): anybody on the network can write, messages are short (1,400 bytes
// with all that belongs to a call) and may get lost, and nobody knows whether there is a slot. Over "lo" it needs no
// insecure.

/// The reading end. Name: 1 to 64 of A-Z a-z 0-9 . _ - with no dot in front, or a URL, "mailslot://./name?durable".
///
/// Threads: info(), inspect() and close() from any; the others from one at a time.
/// Errors: RemotingError.
class Mailslot final {
public:
    /// @throws RemotingError name_in_use, permission_denied, invalid_url, invalid_argument, storage_corrupt,
    ///         storage_full
    explicit Mailslot(std::string_view name_or_url, MailslotOptions options = {});
    /// Ends the slot: a volatile one with what waits in it.
    ~Mailslot();
    Mailslot(const Mailslot&) = delete;
    Mailslot& operator=(const Mailslot&) = delete;

    /// What writers use.
    const std::string& url() const noexcept;
    /// GetMailslotInfo.
    MailslotInfo info() const;

    /// The oldest messages that wait in a durable slot, at most so many; they stay. @throws RemotingError
    /// invalid_argument for a volatile slot
    std::vector<WaitingMessage> inspect(std::size_t most) const;

    /// The next message, whatever it is; nothing when none came in time. In a durable slot it stays, and is delivered
    /// again if the owner dies, until the next use of this slot or its end: who comes back has dealt with it.
    std::optional<MailslotMessage> read(Duration timeout);
    std::optional<MailslotMessage> read() { return read(info().read_timeout); }

    /// Gives calls to `object`: those whose URL names `uri`, "mailslot://./name/uri", or, when that is empty, no
    /// object.
    /// @throws RemotingError invalid_argument when not all methods of T are one-way, name_in_use
    template <class T>
    void publish(std::shared_ptr<T> object, std::string_view uri = {})
    {
        publish(InterfaceTraits<T>::descriptor(), std::move(object), uri);
    }
    /// Makes the next call on this thread. One that nobody takes, raw bytes, and what a servant throws, go to the log.
    /// False when no message came in time.
    bool dispatch_next(Duration timeout);
    bool dispatch_next() { return dispatch_next(info().read_timeout); }
    /// All that wait; how many they were.
    std::size_t dispatch_all();
    /// Removes all that wait; how many they were. From a durable slot, later when others are writing for 10 s.
    std::size_t purge();

    /// Ends waits: this slot gives no more messages. A volatile one is gone when this returns, with what waited in it:
    /// its name is free, and writers get connect_failed. A durable one keeps what it has, and writers may go on: it
    /// waits for the next owner, which can come when this object has gone.
    void close() noexcept;

private:
    void publish(const InterfaceDescriptor& interface, std::shared_ptr<RemoteObject> object, std::string_view uri);

    class Slot;
    std::unique_ptr<Slot> slot_;
};

/// Writes raw bytes, for those who have no interface. The name may be a pattern, "mailslot://./notes-*": a message goes
/// to every volatile slot of this machine and user whose name matches, when it is written. One whose owner stands still
/// is waited for once, for 250 ms at most, and then not before it takes messages again; the log of the options is told
/// what it missed. A pattern that no slot matches is no error; when there are some and none took the message, the
/// reason of one of them is thrown: a message too long for some, say, goes to the others. Thread-safe.
///
/// A writer of a volatile slot finds its next owner by itself. Threads that share a writer take turns, each waits until
/// its own deadline.
class MailslotWriter final {
public:
    /// @throws RemotingError connect_failed when nobody owns a volatile slot, permission_denied, invalid_url,
    ///         deadline_exceeded
    explicit MailslotWriter(std::string_view name_or_url, Duration timeout, const MailslotOptions& options = {});
    ~MailslotWriter();
    MailslotWriter(const MailslotWriter&) = delete;
    MailslotWriter& operator=(const MailslotWriter&) = delete;

    /// Returns when the message was handed to the owner's socket, or is on the disk.
    /// A deadline that passes means executed `no` while the message is surely not written, else `maybe`.
    /// @throws RemotingError limit_exceeded, deadline_exceeded, storage_full; connect_failed when nobody owns a volatile
    ///         slot any more. A volatile slot's message was not delivered then (executed `no`)
    void write(std::span<const std::byte> content, Duration timeout);
    void write(std::string_view content, Duration timeout) { write(std::as_bytes(std::span(content)), timeout); }
    /// Into a durable slot, under an id that the writer keeps: one that cannot know whether a message was written (it
    /// was killed, the error says executed `maybe`) writes it again under the same id, and it is delivered once.
    /// @throws RemotingError also invalid_argument for a volatile slot
    void write(std::span<const std::byte> content, Duration timeout, const Id128& id);

private:
    class Writer;
    std::unique_ptr<Writer> writer_;
};

}  // namespace remoting
