// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/named_mutex.hpp>

#include "shared_memory/shared_file.hpp"
#include "socket/url_rules.hpp"

#include <pthread.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <new>
#include <utility>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define REMOTING_THREAD_SANITIZER
#endif
#endif

namespace remoting {

namespace {

constexpr std::uint64_t magic = 0x32'58'54'4D'47'54'4D'52;  // "RMTGMTX2"

struct Content {
    std::uint64_t magic;
    pthread_mutex_t mutex;
    /// 1: the last one who held a mutex of this name died with it, and nobody has been told yet.
    std::atomic<std::uint32_t> was_abandoned;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

void initialise(std::span<std::byte> bytes)
{
    auto* const content = new (bytes.data()) Content{};
    content->magic = magic;
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    ::pthread_mutex_init(&content->mutex, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
}

/// Whether one who held it died, and nobody has been told.
bool was_held(std::span<std::byte> bytes)
{
    auto* const content = reinterpret_cast<Content*>(bytes.data());
    if (bytes.size() != sizeof(Content) || content->magic != magic) {
        return false;
    }
    const int error = ::pthread_mutex_trylock(&content->mutex);
    if (error == EOWNERDEAD) {
        content->was_abandoned = 1;
        ::pthread_mutex_consistent(&content->mutex);
    }
    if (error == 0 || error == EOWNERDEAD) {
        ::pthread_mutex_unlock(&content->mutex);
    }
    return error != 0 || content->was_abandoned != 0;
}

SharedMemoryOptions writable_by_others(SharedMemoryOptions options)
{
    options.others = View::read_write;
    return options;
}

int lock_until(pthread_mutex_t& mutex, Duration timeout)
{
    const TimePoint deadline = deadline_after(system_clock().now(), timeout);
    if (deadline == TimePoint::max()) {
        return ::pthread_mutex_lock(&mutex);
    }
    const auto since_epoch = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
    const timespec until{.tv_sec = static_cast<time_t>(since_epoch / 1'000'000'000),
                         .tv_nsec = static_cast<long>(since_epoch % 1'000'000'000)};
#ifdef REMOTING_THREAD_SANITIZER  // that of clang 14 does not know pthread_mutex_clocklock and has to be told
    ::__tsan_mutex_pre_lock(&mutex, __tsan_mutex_try_lock);
    const int error = ::pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until);
    const bool is_locked = error == 0 || error == EOWNERDEAD;
    ::__tsan_mutex_post_lock(&mutex, is_locked ? __tsan_mutex_try_lock : __tsan_mutex_try_lock_failed, 0);
    return error;
#else
    return ::pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until);
#endif
}

}  // namespace

class NamedMutex::Record final {
public:
    Record(std::string_view name, const SharedMemoryOptions& options)
        : file_(SharedFile::Kind::mutex, name, writable_by_others(options))
    {
        if (options.owner) {
            file_.open(View::read_write);
        } else {
            file_.open_or_create(sizeof(Content), initialise, was_held);
        }
        if (file_.region().bytes().size() != sizeof(Content) || content().magic != magic) {
            throw_about(file_.url(), ErrorCode::storage_corrupt, "'" + file_.url().host + "' is not a mutex");
        }
        if (file_.is_after_a_death()) {
            content().was_abandoned = 1;
        }
    }
    const ObjectUrl& url() const noexcept { return file_.url(); }
    pthread_mutex_t& mutex() const noexcept { return content().mutex; }
    /// For the one who holds it; said once.
    bool take_was_abandoned() const noexcept { return content().was_abandoned.exchange(0) != 0; }

private:
    Content& content() const noexcept
    {
        return *std::launder(reinterpret_cast<Content*>(file_.region().bytes().data()));
    }
    SharedFile file_;
};

NamedMutex::NamedMutex(std::string_view name, const SharedMemoryOptions& options)
    : record_(std::make_shared<Record>(name, options))
{
}

NamedMutex::Lock::Lock(std::shared_ptr<Record> record, bool was_abandoned) noexcept
    : record_(std::move(record)),
      was_abandoned_(was_abandoned)
{
}

NamedMutex::Lock::~Lock()
{
    if (record_ != nullptr) {
        ::pthread_mutex_unlock(&record_->mutex());
    }
}

NamedMutex::Lock NamedMutex::lock(Duration timeout)
{
    pthread_mutex_t& mutex = record_->mutex();
    switch (const int error = lock_until(mutex, timeout)) {
        case 0:
            return {record_, record_->take_was_abandoned()};
        case EOWNERDEAD:
            ::pthread_mutex_consistent(&mutex);
            record_->take_was_abandoned();
            return {record_, true};
        case ETIMEDOUT:
            throw_about(record_->url(), ErrorCode::deadline_exceeded,
                        "mutex '" + record_->url().host + "' was not let go before the deadline");
        case EDEADLK:
            throw_about(record_->url(), ErrorCode::invalid_argument,
                        "this thread holds mutex '" + record_->url().host + "' already");
        default:
            throw_errno(record_->url(), ErrorCode::storage_corrupt, error, "cannot lock the mutex");
    }
}

}  // namespace remoting
