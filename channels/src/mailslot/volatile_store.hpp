// SPDX-License-Identifier: BSL-1.0
#pragma once

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
#include <memory>
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
    void close() noexcept override;
    const ObjectUrl& endpoint() const noexcept { return endpoint_.url(); }

private:
    struct Writer {
        PipeSocket pipe;
        MessageReader reader;
    };

    void run() noexcept;
    /// False when nobody can be accepted for want of resources.
    bool accept_some();
    void admit(FileDescriptor socket);
    /// False when the writer is gone.
    bool read_from(Writer& writer);
    void read_network();
    void push_arrived();
    void watch(int descriptor, std::uint64_t key);
    void report(const std::string& problem) noexcept;

    const MailslotOptions options_;
    SlotQueue queue_;
    PipeEndpoint endpoint_;
    FileDescriptor listening_;
    FileDescriptor epoll_;
    FileDescriptor wake_up_;
    FileDescriptor network_;  ///< empty: it does not listen to it
    std::map<std::uint64_t, Writer> writers_;
    std::uint64_t next_key_ = 3;
    std::vector<StoredMessage> arrived_;
    TimePoint last_report_ = TimePoint::min();
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace remoting
