// SPDX-License-Identifier: BSL-1.0
#include <remoting/lifetime/lease_manager.hpp>

#include <remoting/dispatch/object_entry.hpp>
#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remoting {

void LeaseOptions::validate() const
{
    if (initial <= Duration::zero() || renew_on_call < Duration::zero() || sponsorship_timeout < Duration::zero()) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            "a lease needs a positive initial time, and no negative times");
    }
}

ObjectLease::ObjectLease(LeaseManager& manager, std::weak_ptr<ObjectEntry> object, const LeaseOptions& options)
    : manager_(manager),
      object_(std::move(object)),
      options_(options)
{
}

TimePoint ObjectLease::ends_at() const noexcept
{
    const Duration::rep last = last_use_.load(std::memory_order_relaxed);
    return last == never ? granted_until_
                         : std::max(granted_until_, deadline_after(TimePoint(Duration(last)), options_.renew_on_call));
}

void ObjectLease::leave_mark(TimePoint now) noexcept
{
    const Duration::rep mine = now.time_since_epoch().count();
    Duration::rep last = last_use_.load(std::memory_order_relaxed);
    while (last < mine && !last_use_.compare_exchange_weak(last, mine, std::memory_order_relaxed)) {
    }
}

bool LeaseUse::begin(const std::shared_ptr<ObjectLease>& lease) noexcept
{
    end();
    if (lease == nullptr) {
        return true;
    }
    if ((lease->use_.fetch_add(ObjectLease::call_begins, std::memory_order_acq_rel) & ObjectLease::expired_flag) != 0) {
        lease->use_.fetch_sub(1, std::memory_order_acq_rel);
        return false;
    }
    lease->leave_mark(lease->manager_.clock_.now());
    lease_ = lease;
    return true;
}

void LeaseUse::leave() noexcept
{
    const auto lease = std::exchange(lease_, nullptr);
    lease->leave_mark(lease->manager_.clock_.now());
    const std::uint64_t before = lease->use_.fetch_sub(1, std::memory_order_acq_rel);
    if ((before & ObjectLease::running_mask) == 1 && (before & ObjectLease::overdue_flag) != 0) {
        lease->manager_.use_ended(*lease);
    }
}

void LeaseManager::begin(ObjectLease& lease)
{
    Lock lock(mutex_);
    if (std::exchange(lease.has_begun_, true)) {
        return;
    }
    ++leases_;
    lease.granted_until_ = deadline_after(clock_.now(), lease.options_.initial);
    schedule(lock, lease, lease.ends_at());
}

void LeaseManager::forget(ObjectLease& lease) noexcept
{
    const Lock lock(mutex_);
    lease.use_.fetch_or(ObjectLease::expired_flag, std::memory_order_acq_rel);
    take_out(lease);
    ++lease.question_;
    leases_ -= std::exchange(lease.has_begun_, false) ? 1U : 0U;
}

LeaseStatus LeaseManager::status(const ObjectLease& lease) const
{
    const Lock lock(mutex_);
    const auto span = [](Duration time) { return std::chrono::duration_cast<TimeSpan>(time); };
    LeaseStatus status{.state = LeaseState::none,
                       .initial = span(lease.options_.initial),
                       .renew_on_call = span(lease.options_.renew_on_call),
                       .sponsorship_timeout = span(lease.options_.sponsorship_timeout),
                       .sponsors = static_cast<std::uint32_t>(lease.sponsors_.size())};
    if (has_expired(lease)) {
        status.state = LeaseState::expired;
    } else if (lease.has_begun_) {
        const Duration remaining = lease.ends_at() - clock_.now();
        status.state = remaining > Duration::zero() ? LeaseState::active : LeaseState::renewing;
        status.remaining = span(std::max(remaining, Duration::zero()));
    }
    return status;
}

bool LeaseManager::has_expired(const ObjectLease& lease) noexcept
{
    return (lease.use_.load(std::memory_order_acquire) & ObjectLease::expired_flag) != 0;
}

Duration LeaseManager::renew(ObjectLease& lease, Duration time)
{
    Lock lock(mutex_);
    if (!lease.has_begun_ || has_expired(lease)) {
        return Duration::zero();
    }
    const TimePoint now = clock_.now();
    lease.granted_until_ = std::max(lease.granted_until_, deadline_after(now, time));
    return lease.ends_at() - now;
}

void LeaseManager::add_sponsor(ObjectLease& lease, std::shared_ptr<RemoteObject> sponsor, Duration first)
{
    const Lock lock(mutex_);
    if (lease.options_.sponsorship_timeout <= Duration::zero() || sponsor == nullptr) {
        throw RemotingError(ErrorCode::invalid_argument, Executed::no,
                            sponsor == nullptr ? "the sponsor is a null pointer" : "this lease takes no sponsors");
    }
    if (!lease.has_begun_ || has_expired(lease)) {
        throw RemotingError(
            ErrorCode::object_not_found, Executed::no,
            has_expired(lease) ? "the lease has ended" : "the lease has not begun: the object was not made yet");
    }
    const auto known = std::ranges::find(lease.sponsors_, sponsor, &ObjectLease::Sponsor::object);
    if (known != lease.sponsors_.end()) {
        known->last_renewal = first;
    } else if (lease.sponsors_.size() < sponsor_limit) {
        lease.sponsors_.push_back({std::move(sponsor), first});
    } else {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                            fmt::format("a lease takes at most {} sponsors", sponsor_limit));
    }
    lease.granted_until_ = std::max(lease.granted_until_, deadline_after(clock_.now(), first));
}

bool LeaseManager::remove_sponsor(ObjectLease& lease,
                                  FunctionRef<bool(const std::shared_ptr<RemoteObject>& sponsor)> is_it)
{
    std::shared_ptr<RemoteObject> gone;  // destroyed after the lock
    Lock lock(mutex_);
    const auto known = std::ranges::find_if(lease.sponsors_, [&](const auto& one) { return is_it(one.object); });
    if (known == lease.sponsors_.end()) {
        return false;
    }
    gone = std::move(known->object);
    lease.sponsors_.erase(known);
    if (lease.asked_ == gone) {
        lease.asked_.reset();
        ++lease.question_;
        schedule(lock, lease, clock_.now());
    }
    return true;
}

bool LeaseManager::awaits_answer(const ObjectLease& lease, std::uint64_t question) const
{
    const Lock lock(mutex_);
    return lease.asked_ != nullptr && lease.question_ == question && lease.has_begun_ &&
           clock_.now() < lease.answer_due_;
}

void LeaseManager::answer(ObjectLease& lease, std::uint64_t question, Duration renewal)
{
    std::shared_ptr<RemoteObject> sponsor;  // destroyed after the lock
    Lock lock(mutex_);
    if (lease.asked_ == nullptr || lease.question_ != question || !lease.has_begun_) {
        return;
    }
    sponsor = std::exchange(lease.asked_, nullptr);
    const TimePoint now = clock_.now();
    if (renewal > Duration::zero() && now < lease.answer_due_) {
        const auto known = std::ranges::find(lease.sponsors_, sponsor, &ObjectLease::Sponsor::object);
        known->last_renewal = renewal;
        lease.granted_until_ = std::max(lease.granted_until_, deadline_after(now, renewal));
    } else {
        drop_sponsor(lease, *sponsor);
    }
    schedule(lock, lease, std::max(now, lease.ends_at()));
}

/// What is dropped is kept by the caller until the lock is free.
void LeaseManager::drop_sponsor(ObjectLease& lease, const RemoteObject& sponsor)
{
    std::erase_if(lease.sponsors_, [&](const auto& one) { return one.object.get() == &sponsor; });
}

void LeaseManager::run_due(const std::function<void(ObjectLease& lease)>& ended)
{
    std::vector<Question> questions;
    std::vector<std::shared_ptr<ObjectLease>> over;
    {
        const Lock lock(mutex_);
        asked_for_ = TimePoint::max();
        const TimePoint now = clock_.now();
        while (!heap_.empty() && heap_.front().due <= now) {
            ObjectLease& lease = *heap_.front().lease;
            take_out(lease);
            if (examine(lease, now, questions)) {
                over.push_back(lease.shared_from_this());
            }
        }
        asked_for_ = heap_.empty() ? TimePoint::max() : heap_.front().due;
    }
    for (const auto& lease : over) {
        ended(*lease);
    }
    for (const Question& question : questions) {
        if (question.lease == nullptr) {
            continue;
        }
        hooks_.ask(question.lease, question.sponsor, question.number);
    }
    if (const TimePoint next = next_due(); next != TimePoint::max()) {
        hooks_.wake_at(next);
    }
}

bool LeaseManager::examine(ObjectLease& lease, TimePoint now, std::vector<Question>& questions)
{
    for (;;) {
        if (lease.asked_ != nullptr && now >= lease.answer_due_) {
            questions.push_back({nullptr, std::exchange(lease.asked_, nullptr), 0});  // destroyed after the lock
            drop_sponsor(lease, *questions.back().sponsor);
        }
        std::uint64_t use = lease.use_.load(std::memory_order_acquire);
        const TimePoint end = lease.ends_at();
        if (lease.asked_ != nullptr || end > now) {
            place(lease, lease.asked_ != nullptr ? lease.answer_due_ : end);
            return false;
        }
        if ((use & ObjectLease::running_mask) != 0) {
            if (lease.use_.compare_exchange_strong(use, use | ObjectLease::overdue_flag, std::memory_order_acq_rel)) {
                return false;
            }
            continue;
        }
        if (!lease.sponsors_.empty() && hooks_.ask) {
            ask_next(lease, now, questions);
            return false;
        }
        if (lease.use_.compare_exchange_strong(use, use | ObjectLease::expired_flag, std::memory_order_acq_rel)) {
            return true;
        }
    }
}

void LeaseManager::ask_next(ObjectLease& lease, TimePoint now, std::vector<Question>& questions)
{
    lease.asked_ = std::ranges::max_element(lease.sponsors_, {}, &ObjectLease::Sponsor::last_renewal)->object;
    lease.answer_due_ = deadline_after(now, lease.options_.sponsorship_timeout);
    questions.push_back({lease.shared_from_this(), lease.asked_, ++lease.question_});
    place(lease, lease.answer_due_);
}

void LeaseManager::use_ended(ObjectLease& lease) noexcept
{
    Lock lock(mutex_);
    const auto before = lease.use_.fetch_and(~ObjectLease::overdue_flag, std::memory_order_acq_rel);
    if ((before & ObjectLease::overdue_flag) != 0 && lease.has_begun_) {
        schedule(lock, lease, std::max(clock_.now(), lease.ends_at()));
    }
}

/// Unlocks when somebody has to be told.
void LeaseManager::schedule(Lock& lock, ObjectLease& lease, TimePoint due)
{
    if (!lease.has_begun_) {
        return;
    }
    place(lease, due);
    if (due < asked_for_) {
        asked_for_ = due;
        lock.unlock();
        hooks_.wake_at(due);
    }
}

TimePoint LeaseManager::next_due() const
{
    const Lock lock(mutex_);
    return heap_.empty() ? TimePoint::max() : heap_.front().due;
}

std::size_t LeaseManager::size() const
{
    const Lock lock(mutex_);
    return leases_;
}

void LeaseManager::place(ObjectLease& lease, TimePoint due)
{
    if (lease.heap_position_ == ObjectLease::nowhere) {
        heap_.push_back({due, &lease});
        lease.heap_position_ = heap_.size() - 1;
    } else {
        heap_[lease.heap_position_].due = due;
    }
    sift(lease.heap_position_);
}

void LeaseManager::take_out(ObjectLease& lease) noexcept
{
    const std::size_t position = std::exchange(lease.heap_position_, ObjectLease::nowhere);
    if (position == ObjectLease::nowhere) {
        return;
    }
    const Item last = heap_.back();
    heap_.pop_back();
    if (last.lease != &lease) {
        put(position, last);
        sift(position);
    }
    if (heap_.capacity() > 1024 && heap_.size() < heap_.capacity() / 4) {
        heap_.shrink_to_fit();
    }
}

/// Moves the item at `position` to where it belongs.
void LeaseManager::sift(std::size_t position) noexcept
{
    const Item item = heap_[position];
    while (position != 0 && item.due < heap_[(position - 1) / 2].due) {
        put(position, heap_[(position - 1) / 2]);
        position = (position - 1) / 2;
    }
    for (std::size_t child = 2 * position + 1; child < heap_.size(); child = 2 * position + 1) {
        if (child + 1 < heap_.size() && heap_[child + 1].due < heap_[child].due) {
            ++child;
        }
        if (item.due <= heap_[child].due) {
            break;
        }
        put(position, heap_[child]);
        position = child;
    }
    put(position, item);
}

void LeaseManager::put(std::size_t position, Item item) noexcept
{
    heap_[position] = item;
    item.lease->heap_position_ = position;
}

}  // namespace remoting
