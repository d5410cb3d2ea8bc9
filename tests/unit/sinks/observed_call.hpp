// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "fakes.hpp"
#include "probe.remoting.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/sinks/message_sink.hpp>

#include <exception>
#include <functional>
#include <string_view>

namespace remoting::test {

/// Lets calls that a test thinks of pass a sink, in both ways: each takes as long as it says.
class ObservedCalls final {
public:
    using Body = std::function<void()>;

    explicit ObservedCalls(MessageSink& sink, FakeClock& clock) : sink_(sink), clock_(clock) {}

    /// What `body` throws is the outcome, and has to come out again.
    void run(
        std::string_view method, Duration takes, const Body& body = [] {})
    {
        pass(method, takes, body, false);
    }
    void run_later(
        std::string_view method, Duration takes, const Body& body = [] {})
    {
        pass(method, takes, body, true);
    }

    CallContext context;
    std::string_view object = "probe";
    bool on_server = false;

private:
    void pass(std::string_view method, Duration takes, const Body& body, bool later)
    {
        const InterfaceDescriptor& interface = InterfaceTraits<probe::Probe>::descriptor();
        MethodCall call{
            interface, *interface.find_method(method), object, "test://peer", nullptr, TimePoint::max(), on_server,
            context};
        const auto work = [&] {
            clock_.advance(takes);
            body();
        };
        if (!later) {
            sink_.process(call, work);
            return;
        }
        const CallEnd end = sink_.begin(call);
        std::exception_ptr outcome;
        try {
            work();
        } catch (...) {
            outcome = std::current_exception();
        }
        end(call, outcome);
        if (outcome != nullptr) {
            std::rethrow_exception(outcome);
        }
    }

    MessageSink& sink_;
    FakeClock& clock_;
};

}  // namespace remoting::test
