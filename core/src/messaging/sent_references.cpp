// SPDX-License-Identifier: BSL-1.0
#include <remoting/messaging/sent_references.hpp>

#include <utility>

namespace remoting {

namespace {

thread_local SentReferences* innermost = nullptr;

}  // namespace

SentReferences::SentReferences() noexcept : outer_(std::exchange(innermost, this)) {}

SentReferences::~SentReferences()
{
    innermost = outer_;
}

void SentReferences::keep(std::shared_ptr<RemoteObject> object)
{
    if (innermost != nullptr) {
        innermost->objects_.push_back(std::move(object));
    }
}

}  // namespace remoting
