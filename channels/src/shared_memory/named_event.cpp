// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/named_event.hpp>

#include "shared_memory/shared_file.hpp"
#include "socket/url_rules.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <new>

namespace remoting {

namespace {

constexpr std::uint32_t magic = 0x56'45'4D'52;  // "RMEV"

struct Content {
    std::uint32_t magic;
    std::atomic<std::uint32_t> count;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(Content) == 8);

void initialise(std::span<std::byte> bytes)
{
    new (bytes.data()) Content{magic, 0};
}

/// One part of a wait; over also when the word is not `seen`, or without a reason.
void wait_while_equal(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Duration longest) noexcept
{
    const auto limit = std::chrono::ceil<std::chrono::nanoseconds>(
        std::clamp<Duration>(longest, Duration::zero(), std::chrono::hours(1)));
    const timespec time{.tv_sec = static_cast<time_t>(limit.count() / 1'000'000'000),
                        .tv_nsec = static_cast<long>(limit.count() % 1'000'000'000)};
    ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, &time, nullptr, 0);
}

}  // namespace

class NamedEvent::Record final {
public:
    Record(std::string_view name, const SharedMemoryOptions& options) : file_(SharedFile::Kind::event, name, options)
    {
        if (options.owner) {
            file_.open(View::read_only);
        } else {
            file_.open_or_create(sizeof(Content), initialise);
        }
        if (file_.region().bytes().size() != sizeof(Content) || content().magic != magic) {
            throw_about(file_.url(), ErrorCode::storage_corrupt, "'" + file_.url().host + "' is not an event");
        }
    }
    const SharedFile& file() const noexcept { return file_; }
    Content& content() const noexcept
    {
        return *std::launder(reinterpret_cast<Content*>(file_.region().bytes().data()));
    }

private:
    SharedFile file_;
};

NamedEvent::NamedEvent(std::string_view name, const SharedMemoryOptions& options)
    : record_(std::make_unique<Record>(name, options))
{
}
NamedEvent::NamedEvent(NamedEvent&&) noexcept = default;
NamedEvent& NamedEvent::operator=(NamedEvent&&) noexcept = default;
NamedEvent::~NamedEvent() = default;

void NamedEvent::signal()
{
    if (record_->file().region().view() != View::read_write) {
        throw_about(record_->file().url(), ErrorCode::permission_denied, "this event was opened to wait only");
    }
    std::atomic<std::uint32_t>& count = record_->content().count;
    count.fetch_add(1);
    ::syscall(SYS_futex, &count, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::uint32_t NamedEvent::count() const noexcept
{
    return record_->content().count.load();
}

std::optional<std::uint32_t> NamedEvent::wait(std::uint32_t seen, Duration timeout) const
{
    const TimePoint deadline = deadline_after(system_clock().now(), timeout);
    for (;;) {
        if (const std::uint32_t now = count(); now != seen) {
            return now;
        }
        const Duration left = deadline == TimePoint::max() ? infinite : deadline - system_clock().now();
        if (left <= Duration::zero()) {
            return std::nullopt;
        }
        wait_while_equal(record_->content().count, seen, left);
    }
}

}  // namespace remoting
