// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/mailslot.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/types/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remoting {

/// A message as it waits in a slot.
struct StoredMessage {
    Bytes content;              ///< an Envelope
    std::uint32_t user_id = 0;  ///< of who wrote it, as the kernel says; unknown_user over the network
    std::int64_t id = 0;        ///< the store's
    std::string sender{};       ///< "192.0.2.7:40000" when it came over the network
};

/// Where the messages of a slot wait for its owner. Thread-safe; take() and done() are for one thread at a time.
class SlotStore {
public:
    virtual ~SlotStore() = default;

    struct State {
        std::optional<std::size_t> next_size;  ///< of the envelope
        std::size_t waiting = 0;
        std::uint64_t dropped = 0;
    };
    virtual State state() = 0;
    /// The oldest that wait. @throws RemotingError invalid_argument when they are not kept where they can be looked at
    virtual std::vector<WaitingMessage> inspect(std::size_t most)
    {
        static_cast<void>(most);
        throw RemotingError(ErrorCode::invalid_argument, Executed::no, "only a durable slot can be inspected");
    }
    /// The oldest message. Nothing at the deadline, or once closed. @throws RemotingError storage_corrupt
    virtual std::optional<StoredMessage> take(TimePoint deadline) = 0;
    /// The message that was taken need not be kept any longer. @throws RemotingError
    virtual void done(const StoredMessage& message) = 0;
    /// Removes all that wait; how many they were.
    virtual std::size_t purge() = 0;
    /// Ends waits in take(), which gives nothing any more. A volatile slot ends with it.
    virtual void close() noexcept = 0;
};

}  // namespace remoting
