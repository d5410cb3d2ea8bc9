// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/sent_references.hpp>

#include <remoting/channels/peer_session.hpp>
#include <remoting/messaging/reference_list.hpp>

#include <utility>

namespace remoting {

namespace {

thread_local SentReferences* innermost = nullptr;

}  // namespace

SentReferences::SentReferences() noexcept : outer_(std::exchange(innermost, this)) {}

SentReferences::~SentReferences()
{
    innermost = outer_;
    for (const std::string& uri : counted_) {
        session_->release(uri, 1);
    }
}

void SentReferences::keep(std::shared_ptr<RemoteObject> object)
{
    if (innermost != nullptr) {
        innermost->kept_.push_back(std::move(object));
    }
}

void SentReferences::counted(PeerSession& session, const std::string& uri)
{
    if (innermost != nullptr) {
        innermost->session_ = &session;  // a message goes to one peer
        innermost->counted_.push_back(uri);
    }
}

bool SentReferences::append_list(Buffer& payload) const
{
    if (counted_.empty()) {
        return false;
    }
    append_reference_list(payload, counted_);
    return true;
}

}  // namespace remoting
