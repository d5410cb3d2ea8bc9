// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/error_code.hpp>
#include <remoting/lifetime/clock.hpp>
#include <remoting/sinks/message_sink.hpp>
#include <remoting/types/timestamp.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace remoting {

/// A call that is over. Neither arguments nor results, nor texts that a servant may have put them into.
struct RecordedCall {
    Timestamp ended{};
    Duration took{};        ///< not negative
    std::string method{};   ///< "bank.Account.Withdraw"
    std::string object{};   ///< its URI
    std::string address{};  ///< of the peer
    std::string trace{};    ///< the call's `traceparent`; empty for none
    bool on_server = false;
    bool one_way = false;
    ErrorCode code = ErrorCode::ok;
    std::string error{};  ///< the type of the exception; what a RemotingError says. Empty when the call succeeded

    bool operator==(const RecordedCall&) const = default;
};

struct CallRecorderOptions {
    std::size_t capacity = 1024;                                 ///< calls kept in memory, the last ones
    std::string file{};                                          ///< where all are written to; empty for nowhere
    std::uint64_t file_limit = std::uint64_t{64} * 1024 * 1024;  ///< bytes
    std::function<Timestamp()> now{};                            ///< the time of day; empty for the machine's
};

/// Keeps the last calls, synchronous and asynchronous, of either side in a ring, and writes all of them to a file.
///
/// A file that exists, or becomes too long, is renamed to NAME.1, whatever that was before. It is readable by its owner
/// only. Writing goes through a buffer, on the thread of the call; what fails there is counted and fails no call.
/// Thread-safe.
class CallRecorder final : public MessageSink {
public:
    /// @throws RemotingError invalid_argument without a capacity, resource_exhausted when the file cannot be made
    explicit CallRecorder(CallRecorderOptions options = {}, const Clock& clock = system_clock());
    ~CallRecorder() override;
    CallRecorder(const CallRecorder&) = delete;
    CallRecorder& operator=(const CallRecorder&) = delete;

    void process(MethodCall& call, FunctionRef<void()> next) override;
    CallEnd begin(MethodCall& call) override;

    /// Those in memory, in the order in which they ended.
    std::vector<RecordedCall> calls() const;
    /// Calls that could not be kept or written.
    std::uint64_t lost() const;
    /// Hands what is in the buffer to the system; false when that fails.
    bool flush();

private:
    class Storage;

    void record(const MethodCall& call, Duration took, const std::exception_ptr& outcome) noexcept;

    const Clock& clock_;
    const std::function<Timestamp()> now_;
    const std::unique_ptr<Storage> storage_;
};

/// What a CallRecorder wrote. A last record that is incomplete, because its writer was killed, is left out.
/// @throws RemotingError storage_corrupt when it is damaged; for a file also object_not_found, resource_exhausted
std::vector<RecordedCall> read_recorded_calls(const std::string& file);
std::vector<RecordedCall> decode_recorded_calls(std::span<const std::byte> content);

}  // namespace remoting
