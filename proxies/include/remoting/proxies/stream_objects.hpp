// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/server_call.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/proxies/stream_feeder.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/stream.hpp>

#include <cstring>
#include <utility>
#include <vector>

// The objects that stand for streams at peers, for one type of values. Used by generated sources.

namespace remoting {

namespace detail {

/// What a consumer gives to a source. @tparam required values hold references none of which may be null
template <class T, bool required>
class StreamSink : public virtual RemoteObject {
};
/// What a stream is on the wire.
template <class T, bool required>
class StreamSource : public virtual RemoteObject {
};

template <class Interface>
class StreamProxy final : public Interface, public Proxy {
public:
    explicit StreamProxy(ProxyTarget target) : Proxy(std::move(target), InterfaceTraits<Interface>::descriptor()) {}
    Proxy* remoting_proxy() noexcept override { return this; }

    static std::shared_ptr<RemoteObject> make(ProxyTarget target, const InterfaceDescriptor& /*interface*/)
    {
        return std::make_shared<StreamProxy>(std::move(target));
    }
};

template <class T, bool required>
class SinkServant final : public StreamSink<T, required>, public StreamEndpoint {
public:
    SinkServant(std::shared_ptr<StreamQueue<T>> queue, const StreamErrors& errors) noexcept
        : queue_(std::move(queue)),
          errors_(errors)
    {
    }
    ~SinkServant() override { queue_->close(stream_lost()); }

    static void invoke_items(ServerCall& call, void* servant)
    {
        auto& self = *static_cast<SinkServant*>(servant);
        Items items;
        void* const values[] = {&items};
        self.guarded([&] { call.run(values, [&] { self.queue_->arrive(std::move(items.values), items.bytes); }); });
    }
    static void decode_items(InputArchive& archive, Values values)
    {
        auto& items = *static_cast<Items*>(values[0]);
        const std::size_t before = archive.remaining();
        if constexpr (required) {
            archive >> not_null(items.values, "a value of the stream");
        } else {
            archive >> items.values;
        }
        items.bytes = before - archive.remaining();
    }
    static void invoke_end(ServerCall& call, void* servant)
    {
        auto& self = *static_cast<SinkServant*>(servant);
        End end{self.errors_, nullptr};
        void* const values[] = {&end};
        self.guarded([&] { call.run(values, [&] { self.queue_->close(std::move(end.failure)); }); });
    }
    static void decode_end(InputArchive& archive, Values values)
    {
        auto& end = *static_cast<End*>(values[0]);
        end.failure = detail::decode_end(archive, end.errors);
    }

private:
    struct Items {
        std::vector<T> values;
        std::size_t bytes = 0;
    };
    struct End {
        StreamErrors errors;
        std::exception_ptr failure;
    };

    /// A message that cannot be read ends the stream: there is nobody else to be told.
    template <class F>
    void guarded(F f)
    {
        try {
            f();
        } catch (...) {
            queue_->abandon(std::current_exception());
            throw;
        }
    }

    const std::shared_ptr<StreamQueue<T>> queue_;
    const StreamErrors errors_;
};

template <class T, bool required>
class SourceServant final : public StreamSource<T, required>, public StreamFeeder {
public:
    SourceServant(std::shared_ptr<StreamQueue<T>> queue, const StreamErrors& errors) noexcept
        : StreamFeeder(queue, errors),
          queue_(std::move(queue))
    {
    }

    static void invoke_start(ServerCall& call, void* servant)
    {
        auto& self = *static_cast<SourceServant*>(servant);
        std::shared_ptr<StreamSink<T, required>> sink;
        std::uint32_t window = 0;
        void* const values[] = {&sink, &window};
        call.run(values, [&] { self.start(sink, InterfaceTraits<StreamSink<T, required>>::descriptor(), window); });
    }
    static void invoke_credit(ServerCall& call, void* servant)
    {
        std::uint32_t bytes = 0;
        void* const values[] = {&bytes};
        call.run(values, [&] { static_cast<SourceServant*>(servant)->credit(bytes); });
    }
    static void encode_items(OutputArchive& archive, Values values)
    {
        static_cast<SourceServant*>(values[0])->encode(archive);
    }

private:
    bool load(std::size_t least) override
    {
        if (next_ == batch_.size()) {
            batch_ = queue_->take(least);
            next_ = 0;
        }
        return next_ != batch_.size();
    }
    Values items() noexcept override { return &address_; }
    /// A list of as many as make a batch.
    void encode(OutputArchive& archive)
    {
        Buffer& buffer = archive.buffer();
        const std::size_t start = buffer.size();
        std::uint32_t count = 0;
        archive << count;
        while (next_ != batch_.size() && buffer.size() - start < stream_batch_size) {
            if constexpr (required) {
                archive << not_null(batch_[next_], "a value of the stream");
            } else {
                archive << static_cast<const T&>(batch_[next_]);
            }
            ++next_;
            ++count;
        }
        std::memcpy(buffer.data() + start, &count, sizeof count);
        encoded(count, buffer.size() - start);
    }

    const std::shared_ptr<StreamQueue<T>> queue_;
    std::vector<T> batch_;
    std::size_t next_ = 0;
    void* const address_ = this;
};

/// The producer of a stream that came from a peer: starts its source, and gives credit back.
template <class T, bool required>
class RemoteProducer final : public StreamProducer {
public:
    RemoteProducer(std::shared_ptr<StreamSource<T, required>> source, std::weak_ptr<StreamQueue<T>> queue,
                   const StreamErrors& errors)
        : source_(std::move(source)),
          queue_(std::move(queue)),
          errors_(errors)
    {
    }

    void start(const RunApart& /*run_apart*/) override
    {
        auto message = std::make_shared<StartMessage>();
        message->sink = std::make_shared<SinkServant<T, required>>(queue_.lock(), errors_);
        send(SourceMethod::start, message->addresses, message);
    }
    void credit(std::size_t bytes) override
    {
        auto message = std::make_shared<CreditMessage>();
        message->bytes = static_cast<std::uint32_t>(bytes);
        send(SourceMethod::credit, message->addresses, message);
    }

private:
    struct StartMessage {
        std::shared_ptr<StreamSink<T, required>> sink;
        std::uint32_t window = stream_window;
        void* addresses[2] = {&sink, &window};
    };
    struct CreditMessage {
        std::uint32_t bytes = 0;
        void* addresses[1] = {&bytes};
    };

    void send(SourceMethod method, Values values, std::shared_ptr<void> message)
    {
        send_stream_message(stream_peer(*source_), InterfaceTraits<StreamSource<T, required>>::descriptor(),
                            static_cast<std::size_t>(method), values, std::move(message),
                            [queue = queue_](const std::exception_ptr& failure) {
                                const auto alive = failure != nullptr ? queue.lock() : nullptr;
                                if (alive != nullptr) {
                                    alive->close(stream_lost());
                                }
                            });
    }

    const std::shared_ptr<StreamSource<T, required>> source_;
    const std::weak_ptr<StreamQueue<T>> queue_;
    const StreamErrors errors_;
};

inline void no_values(OutputArchive& /*archive*/, Values /*values*/) {}
inline void no_values(InputArchive& /*archive*/, Values /*values*/) {}

constexpr MethodDescriptor stream_method(std::string_view name, void (*encode)(OutputArchive&, Values),
                                         void (*decode)(InputArchive&, Values),
                                         void (*invoke)(ServerCall&, void*)) noexcept
{
    return {.name = name,
            .parameters = {},
            .encode_arguments = encode,
            .decode_arguments = decode,
            .encode_results = no_values,
            .decode_results = no_values,
            .throws = {},
            .known_exceptions = {},
            .invoke = invoke,
            .one_way = true};
}

/// Null for proxies, which nobody calls here.
template <class Servant>
void* cast_to(RemoteObject& object) noexcept
{
    return dynamic_cast<Servant*>(&object);
}

template <class T, bool required>
struct StreamTables {
    using Sink = StreamSink<T, required>;
    using Source = StreamSource<T, required>;

    static void encode_end(OutputArchive& archive, Values values)
    {
        static_cast<const OutgoingEnd*>(values[0])->encode(archive);
    }
    static void encode_start(OutputArchive& archive, Values values)
    {
        archive << *static_cast<const std::shared_ptr<Sink>*>(values[0])
                << *static_cast<const std::uint32_t*>(values[1]);
    }
    static void decode_start(InputArchive& archive, Values values)
    {
        archive >> not_null(*static_cast<std::shared_ptr<Sink>*>(values[0]), "sink");
        archive >> *static_cast<std::uint32_t*>(values[1]);
    }
    static void encode_credit(OutputArchive& archive, Values values)
    {
        archive << *static_cast<const std::uint32_t*>(values[0]);
    }
    static void decode_credit(InputArchive& archive, Values values)
    {
        archive >> *static_cast<std::uint32_t*>(values[0]);
    }

    static constexpr MethodDescriptor sink_methods[] = {
        stream_method("Items", SourceServant<T, required>::encode_items, SinkServant<T, required>::decode_items,
                      SinkServant<T, required>::invoke_items),
        stream_method("End", encode_end, SinkServant<T, required>::decode_end, SinkServant<T, required>::invoke_end),
    };
    static constexpr MethodDescriptor source_methods[] = {
        stream_method("Start", encode_start, decode_start, SourceServant<T, required>::invoke_start),
        stream_method("Credit", encode_credit, decode_credit, SourceServant<T, required>::invoke_credit),
    };
    static constexpr InterfaceDescriptor sink = {.name = "~stream.sink",
                                                 .bases = {},
                                                 .methods = sink_methods,
                                                 .constructor = nullptr,
                                                 .make_proxy = StreamProxy<Sink>::make,
                                                 .cast = cast_to<SinkServant<T, required>>};
    static constexpr InterfaceDescriptor source = {.name = "~stream.source",
                                                   .bases = {},
                                                   .methods = source_methods,
                                                   .constructor = nullptr,
                                                   .make_proxy = StreamProxy<Source>::make,
                                                   .cast = cast_to<SourceServant<T, required>>};
};

}  // namespace detail

template <class T, bool required>
struct InterfaceTraits<detail::StreamSink<T, required>> {
    static const InterfaceDescriptor& descriptor() noexcept { return detail::StreamTables<T, required>::sink; }
};
template <class T, bool required>
struct InterfaceTraits<detail::StreamSource<T, required>> {
    static const InterfaceDescriptor& descriptor() noexcept { return detail::StreamTables<T, required>::source; }
};

/// Sends a stream: the peer has it afterwards. The same one may be sent again by a call that is tried again.
/// @throws RemotingError invalid_argument for one that was never made, or was passed on
template <bool required, class T>
void save_stream(OutputArchive& archive, const Stream<T>& stream, const detail::StreamErrors& errors = {})
{
    auto& taken = const_cast<Stream<T>&>(stream);  // an argument or a result, which nobody else uses any more
    auto& sent = detail::StreamAccess::sent(taken);
    auto queue = std::exchange(detail::StreamAccess::queue(taken), nullptr);
    if (queue != nullptr) {
        sent = std::make_shared<detail::SourceServant<T, required>>(std::move(queue), errors);
    }
    const auto source = std::dynamic_pointer_cast<detail::StreamSource<T, required>>(sent);
    if (source == nullptr) {
        detail::refuse_stream();
    }
    archive << source;
}

template <bool required, class T>
void load_stream(InputArchive& archive, Stream<T>& stream, const detail::StreamErrors& errors = {})
{
    std::shared_ptr<detail::StreamSource<T, required>> source;
    archive >> not_null(source, "a stream");
    const ProxyTarget& target = detail::stream_peer(*source);
    auto queue = std::make_shared<detail::StreamQueue<T>>();
    queue->set_idle_timeout(detail::default_idle_timeout(target));
    auto home = detail::world_of(target);
    queue->set_source(std::make_shared<detail::RemoteProducer<T, required>>(std::move(source), queue, errors),
                      std::move(home), detail::stream_window);
    stream = detail::StreamAccess::stream(std::move(queue));
}

}  // namespace remoting
