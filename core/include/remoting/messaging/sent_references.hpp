// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/remote_object.hpp>

#include <memory>
#include <string>
#include <vector>

namespace remoting {

class Buffer;
class PeerSession;

/// The references that one message carries away. One scope around encoding and sending of each message, on the stack
/// of the thread that does both; scopes nest, and encoding adds to the innermost.
///
/// Proxies of the receiver's objects are kept alive until the message has left: otherwise the last one could go
/// between encoding and sending, and its release would reach the peer before the message. Objects of this side are
/// counted for the receiver; those of a message that does not leave are taken back when the scope ends.
class SentReferences {
public:
    SentReferences() noexcept;
    ~SentReferences();
    SentReferences(const SentReferences&) = delete;
    SentReferences& operator=(const SentReferences&) = delete;

    /// Without a scope nothing happens.
    static void keep(std::shared_ptr<RemoteObject> object);
    /// `session` counted `uri` once more. Without a scope it stays counted until the connection ends.
    static void counted(PeerSession& session, const std::string& uri);

    /// Puts the list of what was counted behind the encoded payload; false when there is none.
    /// @throws RemotingError limit_exceeded
    bool append_list(Buffer& payload) const;
    /// The message, with the list, is on its way: the receiver gives back what was counted.
    void left() noexcept { counted_.clear(); }

private:
    SentReferences* outer_;
    std::vector<std::shared_ptr<RemoteObject>> kept_;
    PeerSession* session_ = nullptr;
    std::vector<std::string> counted_;
};

}  // namespace remoting
