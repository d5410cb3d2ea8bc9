// SPDX-License-Identifier: BSL-1.0
#include "mailslot/group_sender.hpp"

#include "pipe/pipe_directory.hpp"
#include "socket/url_rules.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

namespace remoting {

namespace {

/// What all that stand still may cost one message together, and one that stops in the middle of it.
constexpr auto patience = std::chrono::milliseconds(250);
/// Then the next one of those that are waited for gets its turn.
constexpr auto moment = std::chrono::milliseconds(5);

}  // namespace

GroupSender::GroupSender(const SlotAddress& address, const MailslotOptions& options)
    : address_(address),
      options_(options),
      log_(options.log, address.text)
{
}

GroupSender::~GroupSender()
{
    report();
}

void GroupSender::send(std::span<const std::byte> head, std::span<const std::byte> content, TimePoint deadline)
{
    const std::unique_lock lock(turn_, deadline);
    if (!lock) {
        throw_about(address_.endpoint, ErrorCode::deadline_exceeded, "others were still writing at the deadline");
    }
    find_slots();
    std::vector<Member*> waiting;
    for (auto& [name, member] : members_) {
        waiting.push_back(&member);
    }
    std::size_t taken = 0;
    const auto is_over = [&](Member* member, TimePoint until) {
        try {
            member->sender.send(head, content, WriteTimes(until, deadline, patience));
            member->problem.reset();
            member->stood_still = 0;
            ++taken;
        } catch (const RemotingError& error) {
            member->problem = error;
        }
        return !member->stands_still() || member->is_laggard();
    };
    const TimePoint soon = std::min(deadline, deadline_after(system_clock().now(), patience));
    std::erase_if(waiting, [&](Member* member) { return is_over(member, system_clock().now()); });
    while (!waiting.empty() && system_clock().now() < soon) {
        std::erase_if(waiting, [&](Member* member) {
            return is_over(member, std::min(soon, deadline_after(system_clock().now(), moment)));
        });
    }
    std::optional<RemotingError> problem;
    for (auto& [name, member] : members_) {
        if (member.problem && !member.is_dead()) {
            member.stood_still = member.stands_still() ? member.sender.connections() : 0;
            ++member.missed;
            problem = member.problem;
        }
    }
    if (log_.is_due()) {
        report();
    }
    std::erase_if(members_, [](const auto& entry) { return entry.second.is_dead() && entry.second.is_reported(); });
    if (taken == 0 && problem) {
        throw_about(address_.endpoint, problem->code(), "no slot took the message: " + problem->cause());
    }
}

void GroupSender::report() noexcept
{
    try {
        std::string text;
        for (auto& [name, member] : members_) {
            if (!member.is_reported()) {
                text += (text.empty() ? "" : "; ") + name + " missed " + std::to_string(member.missed) + " messages";
                text += member.problem ? " (" + member.problem->cause() + ")" : "";
                member.reported = member.missed;
            }
        }
        if (!text.empty()) {
            log_.write(text);
        }
    } catch (const std::exception&) {  // there is no memory to say it
    }
}

void GroupSender::find_slots()
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
        SlotAddress one = address_;
        one.endpoint.host = name;
        members_.try_emplace(name, one, options_);
    }
}

}  // namespace remoting
