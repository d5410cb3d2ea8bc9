// SPDX-License-Identifier: BSL-1.0
#include "mailslot/slot_sender.hpp"

#include "pipe/pipe_directory.hpp"
#include "socket/url_rules.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string_view>

namespace remoting {

namespace {

/// An owner that stands still must not keep messages from the others.
constexpr auto patience_with_one = std::chrono::milliseconds(250);

}  // namespace

void SlotSender::send(std::span<const std::byte>, std::span<const std::byte>, TimePoint, const Id128&)
{
    throw RemotingError(ErrorCode::invalid_argument, Executed::no, "only durable mailslots keep ids");
}

VolatileSender::VolatileSender(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline)
    : pipe_(connect_instance(address.endpoint, slot_place(options.directory), options.message_limit, deadline))
{
}

void VolatileSender::send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline)
{
    const std::lock_guard lock(mutex_);
    try {
        pipe_->write(head, content, deadline);
    } catch (const RemotingError& error) {
        // What is left of a message that was cut would be taken for others.
        if (error.code() == ErrorCode::connection_lost || error.executed() != Executed::no) {
            is_usable_ = false;
            pipe_->close();
        }
        throw;
    }
}

GroupSender::GroupSender(const SlotAddress& address, const MailslotOptions& options)
    : address_(address),
      options_(options)
{
}

void GroupSender::send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline)
{
    const std::lock_guard lock(mutex_);
    const TimePoint soon = std::min(deadline, deadline_after(system_clock().now(), patience_with_one));
    find_slots(soon);
    for (auto slot = slots_.begin(); slot != slots_.end();) {
        try {
            slot->second->send(head, content, soon);
            ++slot;
        } catch (const RemotingError&) {
            slot = slots_.erase(slot);
        }
    }
}

void GroupSender::find_slots(TimePoint deadline)
{
    const ObjectUrl& url = address_.endpoint;
    const DirectoryRules rules = DirectoryRules::of_client(url);
    if (rules.is_shared && rules.owner != ::geteuid()) {
        throw_about(url, ErrorCode::permission_denied, "only their owner can find shared slots by a pattern");
    }
    const auto directory = PipeDirectory::create(url, PipeDirectory::choose(url, options_.directory, rules), rules);
    const std::unique_ptr<DIR, int (*)(DIR*)> list(
        ::fdopendir(::openat(directory.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), ::closedir);
    if (list == nullptr) {
        throw_errno(url, ErrorCode::permission_denied, errno, "cannot list " + directory.path());
    }
    while (const dirent* const entry = ::readdir(list.get())) {
        const std::string_view file = entry->d_name;
        if (!file.starts_with(slot_prefix) || !matches(url.host, file.substr(slot_prefix.size()))) {
            continue;
        }
        const std::string name(file.substr(slot_prefix.size()));
        if (slots_.contains(name)) {
            continue;
        }
        try {
            SlotAddress one = address_;
            one.endpoint.host = name;
            slots_.emplace(name, std::make_unique<VolatileSender>(one, options_, deadline));
        } catch (const RemotingError&) {  // what a dead owner left
        }
    }
}

}  // namespace remoting
