// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/channels/byte_stream.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace remoting::test {

/// What watched streams saw. Shared by the streams of a test.
struct StreamWatch {
    std::atomic<int> double_reads{0};   ///< reads that began while another thread read the same stream
    std::atomic<int> double_writes{0};  ///< likewise
    std::atomic<int> reads{0};          ///< that moved bytes
    std::atomic<int> writes{0};
};

/// Passes everything on and notices when two threads read, or write, at once. A test may have itself called around
/// writes.
class WatchedStream final : public ByteStream {
public:
    /// Called with the number of the write (1: the hello) and what it moved, on the writing thread.
    using AfterWrite = std::function<void(int number, const IoResult& result)>;
    /// May answer in the stream's place.
    using BeforeWrite = std::function<bool(int number, IoResult& instead)>;

    WatchedStream(std::unique_ptr<ByteStream> stream, std::shared_ptr<StreamWatch> watch, BeforeWrite before = {},
                  AfterWrite after = {})
        : stream_(std::move(stream)),
          watch_(std::move(watch)),
          before_(std::move(before)),
          after_(std::move(after))
    {
    }

    IoResult read_some(std::span<std::byte> buffer) override
    {
        return read([&] { return stream_->read_some(buffer); });
    }
    IoResult read_some_wait(std::span<std::byte> buffer) override
    {
        return read([&] { return stream_->read_some_wait(buffer); });
    }
    IoResult write_some(std::span<const std::span<const std::byte>> buffers) override
    {
        watch_->double_writes += is_writing_.exchange(true) ? 1 : 0;
        const int number = ++writes_;
        IoResult result;
        if (!before_ || !before_(number, result)) {
            result = stream_->write_some(buffers);
        }
        watch_->writes += result.status == IoResult::Status::done ? 1 : 0;
        if (after_) {
            after_(number, result);
        }
        is_writing_ = false;
        return result;
    }
    int descriptor() const noexcept override { return stream_->descriptor(); }
    void shutdown() noexcept override { stream_->shutdown(); }
    const PeerIdentity& peer() const noexcept override { return stream_->peer(); }

private:
    template <class F>
    IoResult read(F next)
    {
        watch_->double_reads += is_reading_.exchange(true) ? 1 : 0;
        const IoResult result = next();
        watch_->reads += result.status == IoResult::Status::done ? 1 : 0;
        is_reading_ = false;
        return result;
    }

    const std::unique_ptr<ByteStream> stream_;
    const std::shared_ptr<StreamWatch> watch_;
    const BeforeWrite before_;
    const AfterWrite after_;
    std::atomic<bool> is_reading_{false};
    std::atomic<bool> is_writing_{false};
    int writes_ = 0;
};

}  // namespace remoting::test
