// SPDX-License-Identifier: BSL-1.0
// Peers that do not keep to the rules of streams: the messages are made here, by hand.
#include "streams_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <remoting/proxies/stream_objects.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace contract {
namespace {

using remoting::ErrorCode;
using remoting::Executed;
using remoting::InputArchive;
using remoting::InterfaceDescriptor;
using remoting::MethodDescriptor;
using remoting::OutputArchive;
using remoting::RemotingError;
using remoting::ServerCall;
using remoting::Values;
using remoting::detail::SinkServant;
using remoting::detail::SourceMethod;
using remoting::detail::stream_method;
using remoting::detail::stream_peer;
using remoting::test::expect_error;
using remoting::test::Gate;

using Sink = remoting::detail::StreamSink<std::int32_t, false>;
using Source = remoting::detail::StreamSource<std::int32_t, false>;
using Queue = remoting::detail::StreamQueue<std::int32_t>;

/// Calls the method of Streams of which it knows no more than the wire does.
class RawProxy final : public remoting::Proxy {
public:
    RawProxy(Streams& object, const InterfaceDescriptor& interface)
        : remoting::Proxy(object.remoting_proxy()->remoting_target(), interface)
    {
    }
    void call(Values values) { remoting_call(0, values); }
};

/// A source that only records what it is told.
class FalseSource : public virtual remoting::RemoteObject {
public:
    void start(std::shared_ptr<Sink> sink)
    {
        const std::lock_guard lock(mutex_);
        sink_ = std::move(sink);
        started_.open();
    }
    std::shared_ptr<Sink> sink()
    {
        EXPECT_TRUE(started_.wait());
        const std::lock_guard lock(mutex_);
        return sink_;
    }

private:
    Gate started_;
    std::mutex mutex_;
    std::shared_ptr<Sink> sink_;
};

void invoke_start(ServerCall& call, void* servant)
{
    std::shared_ptr<Sink> sink;
    std::uint32_t window = 0;
    void* const values[] = {&sink, &window};
    call.run(values, [&] { static_cast<FalseSource*>(servant)->start(std::move(sink)); });
}
void invoke_credit(ServerCall& call, void* /*servant*/)
{
    std::uint32_t bytes = 0;
    void* const values[] = {&bytes};
    call.run(values, [] {});
}
using Tables = remoting::detail::StreamTables<std::int32_t, false>;

constexpr MethodDescriptor false_source_methods[] = {
    stream_method("Start", Tables::encode_start, Tables::decode_start, invoke_start),
    stream_method("Credit", Tables::encode_credit, Tables::decode_credit, invoke_credit),
};
constexpr InterfaceDescriptor false_source = {.name = "~stream.source",
                                              .bases = {},
                                              .methods = false_source_methods,
                                              .constructor = nullptr,
                                              .make_proxy = nullptr,
                                              .cast = remoting::detail::cast_to<FalseSource>};

}  // namespace
}  // namespace contract

template <>
struct remoting::InterfaceTraits<contract::FalseSource> {
    static const InterfaceDescriptor& descriptor() noexcept { return contract::false_source; }
};

namespace contract {
namespace {

MethodDescriptor method_of(std::string_view name, void (*encode)(OutputArchive&, Values),
                           void (*decode)(InputArchive&, Values))
{
    return {.name = name,
            .parameters = {},
            .encode_arguments = encode,
            .decode_arguments = remoting::detail::no_values,
            .encode_results = remoting::detail::no_values,
            .decode_results = decode,
            .throws = {},
            .known_exceptions = {},
            .invoke = nullptr};
}

class HostileStreams : public remoting::test::ChannelTest {
protected:
    std::shared_ptr<StreamsServant> servant = std::make_shared<StreamsServant>();
    std::shared_ptr<Streams> object()
    {
        if (object_ == nullptr) {
            object_ = rig().serve<Streams>(servant, {.concurrency = remoting::Concurrency::concurrent});
        }
        return object_;
    }
    void TearDown() override
    {
        object_.reset();
        ChannelTest::TearDown();
    }

    /// The source behind Follow's result.
    std::shared_ptr<Source> follow()
    {
        const MethodDescriptor methods[] = {
            method_of("Follow", remoting::detail::no_values, [](InputArchive& archive, Values values) {
                archive >> *static_cast<std::shared_ptr<Source>*>(values[0]);
            })};
        const InterfaceDescriptor interface = {.name = "contract.Streams",
                                               .bases = {},
                                               .methods = methods,
                                               .constructor = nullptr,
                                               .make_proxy = nullptr,
                                               .cast = nullptr};
        std::shared_ptr<Source> source;
        void* const values[] = {&source};
        RawProxy(*object(), interface).call(values);
        return source;
    }
    void start(Source& source, std::shared_ptr<Queue> queue)
    {
        std::shared_ptr<Sink> sink =
            std::make_shared<SinkServant<std::int32_t, false>>(std::move(queue), remoting::detail::StreamErrors{});
        std::uint32_t window = 256 * 1024;
        void* const values[] = {&sink, &window};
        send(source, SourceMethod::start, values);
    }
    void credit(Source& source, std::uint32_t bytes)
    {
        void* const values[] = {&bytes};
        send(source, SourceMethod::credit, values);
    }

    /// Has Sum read a stream whose producer is `produce`, which is given the sink; what Sum met.
    ErrorCode sum_of(const std::function<void(remoting::RemoteObject& sink)>& produce)
    {
        ErrorCode met = ErrorCode::ok;
        servant->sum = [&](Numbers numbers) -> std::int64_t {
            try {
                while (numbers.next()) {
                }
            } catch (const RemotingError& error) {
                met = error.code();
            }
            return 0;
        };
        const MethodDescriptor methods[] = {method_of(
            "Sum",
            [](OutputArchive& archive, Values values) {
                archive << *static_cast<const std::shared_ptr<FalseSource>*>(values[0]);
            },
            remoting::detail::no_values)};
        const InterfaceDescriptor interface = {.name = "contract.Streams",
                                               .bases = {},
                                               .methods = methods,
                                               .constructor = nullptr,
                                               .make_proxy = nullptr,
                                               .cast = nullptr};
        auto source = std::make_shared<FalseSource>();
        {
            const std::jthread producer([&, source] {
                const auto sink = source->sink();
                if (sink != nullptr) {
                    produce(*sink);
                }
            });
            void* const values[] = {&source};
            RawProxy(*object(), interface).call(values);
        }
        return met;
    }
    /// Sends a sink these values, or bytes that are none, in a message of its own.
    template <class T>
    static void send_items(remoting::RemoteObject& sink, const std::vector<T>& items, std::string_view name = "Items")
    {
        const MethodDescriptor methods[] = {stream_method(
            name,
            [](OutputArchive& archive, Values values) { archive << *static_cast<const std::vector<T>*>(values[0]); },
            remoting::detail::no_values, nullptr)};
        const InterfaceDescriptor interface = {.name = "~stream.sink",
                                               .bases = {},
                                               .methods = methods,
                                               .constructor = nullptr,
                                               .make_proxy = nullptr,
                                               .cast = nullptr};
        void* const values[] = {const_cast<std::vector<T>*>(&items)};
        sent(stream_peer(sink), interface, 0, values);
    }

private:
    static void send(Source& source, SourceMethod method, Values values)
    {
        sent(stream_peer(source), Tables::source, static_cast<std::size_t>(method), values);
    }
    static void sent(const remoting::ProxyTarget& target, const InterfaceDescriptor& interface, std::size_t method,
                     Values values)
    {
        Gate done;
        remoting::detail::send_stream_message(target, interface, method, values, nullptr,
                                              [&](const std::exception_ptr&) { done.open(); });
        ASSERT_TRUE(done.wait());
    }

    std::shared_ptr<Streams> object_;
};

INSTANTIATE_TEST_SUITE_P(Contract, HostileStreams, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(HostileStreams, CreditForMoreThanWasSentEndsTheStream)
{
    Gate stopped;
    servant->follow = [&] {
        return Numbers([&](NumberWriter& out) {
            expect_error(ErrorCode::cancelled, Executed::yes, [&] {
                for (;;) {
                    out.write(1);
                }
            });
            stopped.open();
        });
    };
    const auto source = follow();
    const auto queue = std::make_shared<Queue>();
    queue->set_source(nullptr, nullptr, 1024 * 1024);
    start(*source, queue);
    EXPECT_EQ(queue->next(), 1);
    credit(*source, 0xFFFF'FFFF);
    EXPECT_TRUE(stopped.wait());
    expect_error(ErrorCode::protocol_error, Executed::yes, [&] {
        while (queue->next()) {
        }
    });
}

TEST_P(HostileStreams, ASecondStartGetsNothing)
{
    servant->follow = [] { return counting(1, 10); };
    const auto source = follow();
    const auto first = std::make_shared<Queue>();
    const auto second = std::make_shared<Queue>();
    first->set_source(nullptr, nullptr, 1024 * 1024);
    start(*source, first);
    EXPECT_EQ(first->next(), 1);
    start(*source, second);
    expect_error(ErrorCode::connection_lost, Executed::maybe, [&] { second->next(); });
    EXPECT_EQ(first->next(), 2);
}

TEST_P(HostileStreams, CreditBeforeTheStartIsIgnored)
{
    servant->follow = [] { return counting(1, 1); };
    const auto source = follow();
    credit(*source, 1000);
    const auto queue = std::make_shared<Queue>();
    queue->set_source(nullptr, nullptr, 1024);
    start(*source, queue);
    EXPECT_EQ(queue->next(), 1);
    EXPECT_FALSE(queue->next());
}

TEST_P(HostileStreams, ValuesBeyondTheCreditEndTheStream)
{
    Gate sent_all;
    servant->sum = nullptr;
    const ErrorCode met = sum_of([&](remoting::RemoteObject& sink) {
        for (int i = 0; i < 200; ++i) {
            send_items(sink, std::vector<std::int32_t>(100'000, i));
        }
        sent_all.open();
    });
    EXPECT_TRUE(sent_all.is_open());
    EXPECT_EQ(to_string(met), to_string(ErrorCode::protocol_error));
}

TEST_P(HostileStreams, AnEmptyBatchEndsTheStream)
{
    const ErrorCode met = sum_of([&](remoting::RemoteObject& sink) { send_items(sink, std::vector<std::int32_t>()); });
    EXPECT_EQ(to_string(met), to_string(ErrorCode::protocol_error));
}

TEST_P(HostileStreams, BytesThatAreNoValuesEndTheStream)
{
    const ErrorCode met =
        sum_of([&](remoting::RemoteObject& sink) { send_items(sink, std::vector<std::uint8_t>(10)); });
    EXPECT_EQ(to_string(met), to_string(ErrorCode::invalid_payload));
}

TEST_P(HostileStreams, AnEndThatCannotBeReadEndsTheStreamAllTheSame)
{
    const ErrorCode met =
        sum_of([&](remoting::RemoteObject& sink) { send_items(sink, std::vector<std::int64_t>(), "End"); });
    EXPECT_EQ(to_string(met), to_string(ErrorCode::invalid_payload));
}

TEST_P(HostileStreams, LettingGoOfTheSinkEndsTheStream)
{
    const MethodDescriptor methods[] = {method_of(
        "Sum",
        [](OutputArchive& archive, Values values) {
            archive << *static_cast<const std::shared_ptr<FalseSource>*>(values[0]);
        },
        remoting::detail::no_values)};
    const InterfaceDescriptor interface = {.name = "contract.Streams",
                                           .bases = {},
                                           .methods = methods,
                                           .constructor = nullptr,
                                           .make_proxy = nullptr,
                                           .cast = nullptr};
    ErrorCode met = ErrorCode::ok;
    servant->sum = [&](Numbers numbers) -> std::int64_t {
        try {
            numbers.next();
        } catch (const RemotingError& error) {
            met = error.code();
        }
        return 0;
    };
    class Forgetful final : public FalseSource {};
    std::shared_ptr<FalseSource> source = std::make_shared<Forgetful>();
    const std::jthread forgetting([source] {
        source->sink().reset();
        source->start(nullptr);
    });
    void* const values[] = {&source};
    RawProxy(*object(), interface).call(values);
    EXPECT_EQ(to_string(met), to_string(ErrorCode::connection_lost));
}

TEST_P(HostileStreams, ValuesAfterTheEndAreIgnored)
{
    servant->follow = [] { return counting(1, 2); };
    const auto source = follow();
    const auto queue = std::make_shared<Queue>();
    queue->set_source(nullptr, nullptr, 1024 * 1024);
    start(*source, queue);
    EXPECT_EQ(queue->next(), 1);
    EXPECT_EQ(queue->next(), 2);
    EXPECT_FALSE(queue->next());
    queue->arrive({3}, 8);
    queue->close(std::make_exception_ptr(std::runtime_error("late")));
    EXPECT_FALSE(queue->next());
}

TEST_P(HostileStreams, ASinkInPlaceOfAStreamIsRefused)
{
    const auto remote = object();
    const MethodDescriptor methods[] = {method_of(
        "Sum",
        [](OutputArchive& archive, Values values) {
            archive << *static_cast<const std::shared_ptr<Streams>*>(values[0]);
        },
        remoting::detail::no_values)};
    const InterfaceDescriptor interface = {.name = "contract.Streams",
                                           .bases = {},
                                           .methods = methods,
                                           .constructor = nullptr,
                                           .make_proxy = nullptr,
                                           .cast = nullptr};
    std::shared_ptr<Streams> home = remote;  // the server's own object
    void* const values[] = {&home};
    expect_error(ErrorCode::interface_mismatch, Executed::no, [&] { RawProxy(*remote, interface).call(values); });
}

}  // namespace
}  // namespace contract
