// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/activation/activator.hpp>
#include <remoting/dispatch/async_servant.hpp>
#include <remoting/dispatch/deferred_call.hpp>
#include <remoting/sinks/message_sink.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <atomic>
#include <memory>
#include <optional>

namespace remoting {

/// The AsyncServerCall of one request. Keeps the servant until the reply is encoded.
class AsyncInvocation final : public AsyncServerCall {
public:
    static void start(const ServerFormatterSink& formatter, Servant servant, std::unique_ptr<DeferredCall> deferred)
        noexcept;

    AsyncInvocation(const ServerFormatterSink& formatter, Servant servant, std::unique_ptr<DeferredCall> deferred);
    ~AsyncInvocation() override;

    void decode(Values values) override;
    void succeed() noexcept override { answer(nullptr); }
    void fail(std::exception_ptr exception) noexcept override { answer(std::move(exception)); }
    const CurrentCall& current() const noexcept override { return current_; }
    std::shared_ptr<ServantExecutor> executor() override;

private:
    void answer(std::exception_ptr outcome) noexcept;

    const ServerFormatterSink& formatter_;
    Servant servant_;
    std::unique_ptr<DeferredCall> deferred_;
    std::shared_ptr<Connection> connection_;  // current_ points to it
    CurrentCall current_;
    Values values_ = nullptr;
    std::optional<MethodCall> seen_by_sinks_;
    CallEnds ends_;
    bool has_started_ = false;
    std::atomic<bool> is_answered_{false};
};

}  // namespace remoting
