// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/rare_log.hpp"
#include "mailslot/slot_address.hpp"
#include "mailslot/slot_queue.hpp"
#include "mailslot/slot_store.hpp"
#include "named_pipe/message_reader.hpp"
#include "pipe/pipe_endpoint.hpp"

#include <remoting/channels/mailslot.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace remoting {

/// Owns a slot's name, and a thread that empties the sockets of all who write into it into a bounded queue.
///
/// A stream socket for each writer, and not one datagram socket for all: one sender reached 1.1 to 1.6 million small
/// messages a second with the one and 0.6 to 1.5 million with the other on the machine this was tried on, where the
/// kernel keeps 10 datagrams (net.unix.max_dgram_qlen); besides, messages may be longer than a socket's buffer, who
/// writes is asked once, and a writer learns that its owner is gone.
class VolatileStore final : public SlotStore {
public:
    /// @throws RemotingError name_in_use, permission_denied, invalid_url
    VolatileStore(const SlotAddress& address, const MailslotOptions& options);
    ~VolatileStore() override;

    State state() override { return queue_.state(); }
    std::optional<StoredMessage> take(TimePoint deadline) override { return queue_.take(deadline); }
    void done(const StoredMessage&) override {}
    std::size_t purge() override { return queue_.purge(); }
    /// The name is free afterwards, and whoever writes is told that nobody owns it.
    void close() noexcept override;
    const ObjectUrl& endpoint() const noexcept { return url_; }

private:
    struct Writer {
        PipeSocket pipe;
        MessageReader reader;
        std::uint64_t last_heard;  ///< by a count of events
    };
    using Writers = std::map<std::uint64_t, Writer>;

    void run() noexcept;
    /// Gives up the name, and counts what comes too late.
    void end() noexcept;
    int longest_wait(bool accepts) const noexcept;
    /// False when nobody can be accepted for want of resources.
    bool accept_some();
    void admit(FileDescriptor socket);
    /// False when the writer is gone.
    bool read_from(Writer& writer);
    /// Ends the connection that has been silent longest, of anybody or of one user; its writer connects again when it
    /// has something to say. What it has written is read first. False when there is none.
    bool let_go_of_one(std::optional<std::uint32_t> user);
    void read_network();
    void push_arrived();
    void report_dropped();
    void watch(int descriptor, std::uint64_t key);
    void report(const std::string& problem) noexcept;

    const MailslotOptions options_;
    const std::size_t writers_at_most_;
    const std::size_t writers_of_one_user_;
    SlotQueue queue_;
    std::optional<PipeEndpoint> endpoint_;  ///< empty once it has ended
    const ObjectUrl url_;
    FileDescriptor listening_;
    FileDescriptor epoll_;
    FileDescriptor wake_up_;
    FileDescriptor network_;  ///< empty: it does not listen to it
    Writers writers_;
    std::uint64_t next_key_ = 3;
    std::uint64_t events_ = 0;
    std::vector<StoredMessage> arrived_;
    RareLog log_;
    std::uint64_t dropped_ = 0;  ///< and not reported yet
    std::atomic<bool> stopping_{false};
    std::atomic<std::thread::id> running_{};
    std::mutex joining_;
    std::thread thread_;
};

}  // namespace remoting
