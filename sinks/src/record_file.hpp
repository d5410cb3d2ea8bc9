// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/serialization/buffer.hpp>
#include <remoting/sinks/call_recorder.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace remoting {

// A file of recorded calls is the four bytes "RMCR", u32 version 1, and for each call u32 the bytes of what follows:
// its members, encoded as any payload. A newer version may add members at the end.

/// A file that is written. Not thread-safe.
class RecordFile {
public:
    /// @throws RemotingError resource_exhausted
    RecordFile(std::string name, std::uint64_t limit);

    /// False when it could not be written.
    bool write(const RecordedCall& call);
    bool flush() noexcept;

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    bool begin();

    const std::string name_;
    const std::uint64_t limit_;
    std::unique_ptr<std::FILE, Close> file_;
    std::uint64_t written_ = 0;
    Buffer buffer_;
};

}  // namespace remoting
