// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/remote_object.hpp>

#include <memory>
#include <string>
#include <vector>

namespace remoting {

class Buffer;
class PeerSession;

/// The references that one message carries away: made for its encoding, kept until it has left. Not thread-safe; the
/// connection outlives it.
///
/// Proxies of the receiver's objects are kept alive: otherwise the last one could go between encoding and sending, and
/// its release would reach the peer before the message. Objects of this side are counted for the receiver; those of a
/// message that does not leave are taken back.
class SentReferences {
public:
    SentReferences() noexcept = default;
    ~SentReferences() { clear(); }
    SentReferences(const SentReferences&) = delete;
    SentReferences& operator=(const SentReferences&) = delete;

    /// For its lifetime the references in what this thread encodes are added to `references`. Scopes nest.
    class Scope {
    public:
        explicit Scope(SentReferences& references) noexcept;
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        SentReferences* const outer_;
    };

    /// Of the receiver's object. Outside a scope nothing happens.
    static void keep(std::shared_ptr<RemoteObject> object);
    /// `session` counted `uri` once more. Outside a scope it stays counted until the connection ends.
    static void counted(PeerSession& session, const std::string& uri);

    /// Puts the list of what was counted behind the encoded payload, unless it is empty.
    /// @throws RemotingError limit_exceeded
    void append_list(Buffer& payload) const;
    /// Whether the message names objects of the receiver.
    bool mentions_receiver() const noexcept { return !kept_.empty(); }
    /// The message is on its way: the receiver gives back what was counted. Returns whether it has a list.
    bool leave() noexcept;
    /// Takes back what has not left.
    void clear() noexcept;

private:
    std::vector<std::shared_ptr<RemoteObject>> kept_;
    PeerSession* session_ = nullptr;
    std::vector<std::string> counted_;
};

}  // namespace remoting
