// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/call_recorder.hpp>

#include "call_outcome.hpp"
#include "record_file.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/utf8.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace remoting {

namespace {

constexpr std::size_t longest_text = 1024;

/// What a file's readers can count on: UTF-8, and not too long.
std::string recordable(std::string text)
{
    text.resize(std::min(text.size(), longest_text));
    if (!is_utf8(text)) {
        std::ranges::replace_if(
            text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    }
    return text;
}

RecordedCall record_of(const MethodCall& call, Timestamp ended, Duration took, const std::exception_ptr& outcome)
{
    const CallOutcome described = outcome_of(outcome);
    const std::string* const trace = call.context.find(CallContext::traceparent);
    return {ended,
            std::max(took, Duration::zero()),
            recordable(full_name(call)),
            recordable(std::string(call.object)),
            recordable(std::string(call.address)),
            trace != nullptr ? recordable(*trace) : std::string(),
            call.on_server,
            call.method.one_way,
            described.code,
            recordable(described.name)};
}

Timestamp time_of_day()
{
    return std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
}

}  // namespace

class CallRecorder::Storage {
public:
    explicit Storage(const CallRecorderOptions& options) : capacity_(options.capacity)
    {
        if (capacity_ == 0) {
            throw RemotingError(ErrorCode::invalid_argument, Executed::no, "a recorder of calls needs a capacity");
        }
        if (!options.file.empty()) {
            file_.emplace(options.file, options.file_limit);
        }
    }

    void add(RecordedCall call)
    {
        const std::lock_guard lock(mutex_);
        lost_ += file_ && !file_->write(call) ? 1 : 0;
        if (ring_.size() == capacity_) {
            ring_.pop_front();
        }
        ring_.push_back(std::move(call));
    }
    void lose() noexcept
    {
        const std::lock_guard lock(mutex_);
        ++lost_;
    }
    std::vector<RecordedCall> calls() const
    {
        const std::lock_guard lock(mutex_);
        return {ring_.begin(), ring_.end()};
    }
    std::uint64_t lost() const
    {
        const std::lock_guard lock(mutex_);
        return lost_;
    }
    bool flush()
    {
        const std::lock_guard lock(mutex_);
        return !file_ || file_->flush();
    }

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::deque<RecordedCall> ring_;
    std::optional<RecordFile> file_;
    std::uint64_t lost_ = 0;
};

CallRecorder::CallRecorder(CallRecorderOptions options, const Clock& clock)
    : clock_(clock),
      now_(options.now ? options.now : time_of_day),
      storage_(std::make_unique<Storage>(options))
{
}

CallRecorder::~CallRecorder() = default;

void CallRecorder::process(MethodCall& call, FunctionRef<void()> next)
{
    observe(call, next, clock_, [this](const MethodCall& over, Duration took, const std::exception_ptr& outcome) {
        record(over, took, outcome);
    });
}

CallEnd CallRecorder::begin(MethodCall& /*call*/)
{
    return observe_later(clock_, [this](const MethodCall& over, Duration took, const std::exception_ptr& outcome) {
        record(over, took, outcome);
    });
}

void CallRecorder::record(const MethodCall& call, Duration took, const std::exception_ptr& outcome) noexcept
{
    try {
        storage_->add(record_of(call, now_(), took, outcome));
    } catch (...) {
        storage_->lose();
    }
}

std::vector<RecordedCall> CallRecorder::calls() const
{
    return storage_->calls();
}

std::uint64_t CallRecorder::lost() const
{
    return storage_->lost();
}

bool CallRecorder::flush()
{
    return storage_->flush();
}

}  // namespace remoting
