// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "mailslot/message_id.hpp"
#include "pipe/pipe_directory.hpp"
#include "socket/file_descriptor.hpp"

#include <remoting/messaging/object_url.hpp>

#include <cstdint>

namespace remoting {

/// Which message of a durable slot was delivered last, in a file "name.slot-done" that is written in place: that needs
/// neither room on the disk nor another process, so that an owner can always say it at once, and the next one knows it
/// even when the message could not be removed yet.
///
/// It survives a kill. After a loss of power it may be older or newer than the database; whoever reads it therefore
/// believes it only if the message is still there, under this position and id.
class DeliveryMark final {
public:
    struct Message {
        std::int64_t position = 0;
        StoredId id{};
    };

    /// @throws RemotingError permission_denied, storage_full
    DeliveryMark(const ObjectUrl& url, const PipeDirectory& directory);

    Message read() const noexcept;
    /// @throws RemotingError internal
    void write(const Message& message);

private:
    const ObjectUrl url_;
    FileDescriptor file_;
};

}  // namespace remoting
