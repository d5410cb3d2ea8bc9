// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/sent_references.hpp>

#include <remoting/channels/peer_session.hpp>
#include <remoting/messaging/reference_list.hpp>

#include <utility>

namespace remoting {

namespace {

thread_local SentReferences* innermost = nullptr;

}  // namespace

SentReferences::Scope::Scope(SentReferences& references) noexcept : outer_(std::exchange(innermost, &references)) {}

SentReferences::Scope::~Scope()
{
    innermost = outer_;
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

void SentReferences::append_list(Buffer& payload) const
{
    if (!counted_.empty()) {
        append_reference_list(payload, counted_);
    }
}

bool SentReferences::leave() noexcept
{
    const bool has_list = !counted_.empty();
    counted_.clear();
    return has_list;
}

void SentReferences::clear() noexcept
{
    kept_.clear();
    for (const std::string& uri : counted_) {
        session_->release(uri, 1);
    }
    counted_.clear();
}

}  // namespace remoting
