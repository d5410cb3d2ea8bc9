// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace remoting::test {

enum class Fault : std::uint8_t {
    error,        ///< fails with ECONNRESET
    close,        ///< reports the end, and ends it
    would_block,  ///< nothing moves in this and the next operations
    chop,         ///< one byte at a time from here on
    cut,          ///< ends after so many bytes
};

/// Where a fault is to strike, and how far the stream came. Shared with the test.
struct FaultPlan {
    Fault fault = Fault::error;
    bool in_writes = false;     ///< else in reads
    /// 1: the first operation that could move bytes; 0: never. Of a cut: the bytes before it.
    std::int64_t position = 0;
    int storm_length = 5;       ///< of would_block

    std::atomic<std::int64_t> reads{0};
    std::atomic<std::int64_t> writes{0};
    std::atomic<std::int64_t> bytes{0};  ///< before a cut
    std::atomic<bool> has_struck{false};
};

/// Passes everything on, except at one place. Reads that found nothing do not count, so that a plan strikes at the
/// same bytes in each run.
class FaultyStream final : public ByteStream {
public:
    FaultyStream(std::unique_ptr<ByteStream> stream, std::shared_ptr<FaultPlan> plan)
        : stream_(std::move(stream)),
          plan_(std::move(plan))
    {
    }

    IoResult read_some(std::span<std::byte> buffer) override
    {
        return read(buffer, [&](std::span<std::byte> room) { return stream_->read_some(room); });
    }
    IoResult read_some_wait(std::span<std::byte> buffer) override
    {
        return read(buffer, [&](std::span<std::byte> room) { return stream_->read_some_wait(room); });
    }
    IoResult write_some(std::span<const std::span<const std::byte>> buffers) override
    {
        if (has_failed_) {
            return failure();
        }
        if (plan_->fault == Fault::cut && plan_->in_writes) {
            return write_until_cut(buffers);
        }
        const std::int64_t count = ++plan_->writes;
        if (!strikes(true, count)) {
            return stream_->write_some(buffers);
        }
        switch (plan_->fault) {
            case Fault::would_block:
                return {.status = IoResult::Status::would_block};
            case Fault::chop: {
                const std::array<std::span<const std::byte>, 1> first{buffers.front().first(1)};
                return stream_->write_some(first);
            }
            case Fault::error:
            case Fault::close:
            case Fault::cut:
                break;
        }
        return fail();
    }
    int descriptor() const noexcept override { return stream_->descriptor(); }
    void shutdown() noexcept override { stream_->shutdown(); }
    const PeerIdentity& peer() const noexcept override { return stream_->peer(); }

private:
    template <class F>
    IoResult read(std::span<std::byte> buffer, F next)
    {
        if (has_failed_) {
            return failure();
        }
        if (plan_->fault == Fault::cut && !plan_->in_writes) {
            const auto left = static_cast<std::size_t>(plan_->position - plan_->bytes);
            return left == 0 ? strike() : counted(next(buffer.first(std::min(buffer.size(), left))));
        }
        if (!strikes(false, plan_->reads + 1)) {
            const IoResult result = next(buffer);
            plan_->reads += result.status == IoResult::Status::would_block ? 0 : 1;
            return result;
        }
        switch (plan_->fault) {
            case Fault::would_block:
                ++plan_->reads;
                return {.status = IoResult::Status::would_block};
            case Fault::chop: {
                const IoResult result = next(buffer.first(1));
                plan_->reads += result.status == IoResult::Status::would_block ? 0 : 1;
                return result;
            }
            case Fault::error:
            case Fault::close:
            case Fault::cut:
                break;
        }
        return fail();
    }

    IoResult write_until_cut(std::span<const std::span<const std::byte>> buffers)
    {
        auto left = static_cast<std::size_t>(plan_->position - plan_->bytes);
        if (left == 0) {
            return strike();
        }
        std::vector<std::span<const std::byte>> allowed;
        for (const auto& buffer : buffers) {
            allowed.push_back(buffer.first(std::min(buffer.size(), left)));
            left -= allowed.back().size();
            if (left == 0) {
                break;
            }
        }
        return counted(stream_->write_some(allowed));
    }
    IoResult counted(const IoResult& result)
    {
        plan_->bytes += static_cast<std::int64_t>(result.status == IoResult::Status::done ? result.bytes : 0);
        return result;
    }
    IoResult strike()
    {
        plan_->has_struck = true;
        return fail();
    }

    bool strikes(bool in_writes, std::int64_t count)
    {
        if (plan_->fault == Fault::cut || plan_->position == 0 || plan_->in_writes != in_writes || count < plan_->position) {
            return false;
        }
        if (plan_->fault == Fault::would_block && count >= plan_->position + plan_->storm_length) {
            return false;
        }
        plan_->has_struck = true;
        return true;
    }

    IoResult fail()
    {
        has_failed_ = true;
        stream_->shutdown();
        return failure();
    }
    IoResult failure() const
    {
        return plan_->fault == Fault::error ? IoResult{.status = IoResult::Status::failed, .error = ECONNRESET}
                                            : IoResult{.status = IoResult::Status::closed};
    }

    const std::unique_ptr<ByteStream> stream_;
    const std::shared_ptr<FaultPlan> plan_;
    std::atomic<bool> has_failed_{false};
};

}  // namespace remoting::test
