// SPDX-License-Identifier: BSL-1.0
#include <remoting/sinks/compression_sink.hpp>

#include <remoting/errors/exceptions.hpp>

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace remoting {

namespace {

// The last byte of a payload.
constexpr std::byte plain{0};
constexpr std::byte compressed{1};

[[noreturn]] void malformed(const char* what)
{
    throw RemotingError(ErrorCode::invalid_payload, Executed::no, what);
}

struct Free {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

/// Contexts that are not used now: making one is dear. There are as many as messages were worked on at once.
template <class Context, Context* (*make)()>
class Pool {
public:
    using Pointer = std::unique_ptr<Context, Free>;

    Pointer take()
    {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                Pointer context = std::move(idle_.back());
                idle_.pop_back();
                return context;
            }
        }
        Pointer context(make());
        if (context == nullptr) {
            throw std::bad_alloc();
        }
        return context;
    }
    void give_back(Pointer context)
    {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(context));
    }

private:
    std::mutex mutex_;
    std::vector<Pointer> idle_;
};

}  // namespace

class CompressionSink::Contexts {
public:
    Pool<ZSTD_CCtx, ZSTD_createCCtx> compressing;
    Pool<ZSTD_DCtx, ZSTD_createDCtx> decompressing;
};

CompressionSink::CompressionSink(CompressionOptions options, const Limits& limits)
    : options_(options),
      message_size_(limits.message_size),
      decode_(limits.decode),
      contexts_(std::make_unique<Contexts>())
{
    constexpr int fastest = -7;
    if (options_.level < fastest || options_.level > ZSTD_maxCLevel()) {
        throw RemotingError(
            ErrorCode::invalid_argument, Executed::no,
            fmt::format("zstd has no level {}; there are {} to {}", options_.level, fastest, ZSTD_maxCLevel()));
    }
}

CompressionSink::~CompressionSink() = default;

std::size_t CompressionSink::may_become(std::size_t received) const noexcept
{
    return std::min(message_size_, decode_.memory_base + decode_.memory_factor * received);
}

void CompressionSink::outgoing(Buffer& payload)
{
    if (payload.size() < options_.threshold || payload.size() > message_size_ || !compress(payload)) {
        *payload.append(1) = plain;
    }
}

bool CompressionSink::compress(Buffer& payload)
{
    const std::size_t capacity = ZSTD_compressBound(payload.size());
    const auto memory = std::make_unique_for_overwrite<std::byte[]>(capacity);
    auto context = contexts_->compressing.take();
    const std::size_t size =
        ZSTD_compressCCtx(context.get(), memory.get(), capacity, payload.data(), payload.size(), options_.level);
    contexts_->compressing.give_back(std::move(context));
    if (ZSTD_isError(size) != 0 || size >= payload.size() || payload.size() > may_become(size)) {
        return false;
    }
    payload.clear();
    payload.append({memory.get(), size});
    *payload.append(1) = compressed;
    return true;
}

void CompressionSink::incoming(std::span<const std::byte> received, Buffer& payload)
{
    if (received.empty()) {
        malformed("a payload without its mark of compression");
    }
    const std::byte mark = received.back();
    received = received.first(received.size() - 1);
    if (mark == plain) {
        payload.append(received);
        return;
    }
    if (mark != compressed) {
        malformed("a payload whose mark of compression is unknown");
    }
    const unsigned long long size = ZSTD_getFrameContentSize(received.data(), received.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
        malformed("a compressed payload that does not say how long it is");
    }
    if (const std::size_t most = may_become(received.size()); size > most) {
        throw RemotingError(ErrorCode::limit_exceeded, Executed::no,
                            fmt::format("{} bytes that are {} when they are decompressed; at most {} are accepted here",
                                        received.size(), size, most));
    }
    std::byte* const memory = payload.append(static_cast<std::size_t>(size));
    auto context = contexts_->decompressing.take();
    const std::size_t written =
        ZSTD_decompressDCtx(context.get(), memory, static_cast<std::size_t>(size), received.data(), received.size());
    contexts_->decompressing.give_back(std::move(context));
    if (ZSTD_isError(written) != 0 || written != size) {
        malformed("a compressed payload that is damaged");
    }
}

}  // namespace remoting
