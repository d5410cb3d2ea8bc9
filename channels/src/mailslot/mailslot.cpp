// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/mailslot.hpp>

#include "mailslot/envelope.hpp"
#include "mailslot/make_store.hpp"
#include "mailslot/one_way_connection.hpp"
#include "mailslot/slot_dispatcher.hpp"
#include "mailslot/slot_sender.hpp"
#include "socket/url_rules.hpp"

#include <remoting/activation/activator.hpp>
#include <remoting/dispatch/object_table.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <algorithm>
#include <utility>

namespace remoting {

namespace {

TimePoint deadline_of(Duration timeout)
{
    return deadline_after(system_clock().now(), timeout);
}

}  // namespace

class Mailslot::Slot final {
public:
    Slot(const SlotAddress& address, MailslotOptions options)
        : options_(std::move(options)),
          name_(address.endpoint.host),
          store_(make_store(address, options_)),
          objects_(system_clock(), system_random()),
          dispatch_(objects_, limits_, sinks_),
          formatter_(dispatch_, byte_sinks_, CustomErrors::on, options_.log),
          dispatcher_({&dispatch_, &formatter_}, system_random(), store_.url, name_, options_.log)
    {
    }

    const std::string& url() const noexcept { return store_.url; }
    const std::string& name() const noexcept { return name_; }
    const MailslotOptions& options() const noexcept { return options_; }
    SlotStore& store() const noexcept { return *store_.store; }
    ObjectTable& objects() noexcept { return objects_; }

    ~Slot()
    {
        try {
            acknowledge();
        } catch (const RemotingError&) {  // it is delivered once more
        }
    }

    /// The message that was read last has been dealt with: its reader came back.
    void acknowledge()
    {
        if (const auto message = std::exchange(read_, std::nullopt)) {
            store().done(*message);
        }
    }
    const std::optional<StoredMessage>& read(TimePoint deadline)
    {
        acknowledge();
        read_ = store().take(deadline);
        return read_;
    }
    bool dispatch_next(Duration timeout)
    {
        acknowledge();
        const auto message = store().take(deadline_of(timeout));
        if (message) {
            dispatcher_.dispatch(*message);
            store().done(*message);
        }
        return message.has_value();
    }

private:
    const MailslotOptions options_;
    const std::string name_;
    const OwnedStore store_;
    const Limits limits_;
    const MessageSinks sinks_;
    const ByteSinks byte_sinks_;
    ObjectTable objects_;
    const DispatchSink dispatch_;
    const ServerFormatterSink formatter_;
    SlotDispatcher dispatcher_;
    std::optional<StoredMessage> read_;
};

Mailslot::Mailslot(std::string_view name_or_url, MailslotOptions options)
    : slot_(std::make_unique<Slot>(SlotAddress::parse(name_or_url), std::move(options)))
{
}

Mailslot::~Mailslot() = default;

const std::string& Mailslot::url() const noexcept
{
    return slot_->url();
}

MailslotInfo Mailslot::info() const
{
    return info_of(slot_->store(), slot_->options());
}

std::vector<WaitingMessage> Mailslot::inspect(std::size_t most) const
{
    auto waiting = slot_->store().inspect(most);
    for (WaitingMessage& message : waiting) {
        message.size -= std::min(message.size, Envelope::kind_size);
    }
    return waiting;
}

std::optional<MailslotMessage> Mailslot::read(Duration timeout)
{
    const TimePoint deadline = deadline_of(timeout);
    while (const auto& stored = slot_->read(deadline)) {
        if (const auto envelope = Envelope::decode(stored->content)) {
            return MailslotMessage{.content = Bytes(envelope->content),
                                   .object = std::string(envelope->object),
                                   .interface_name = std::string(envelope->interface_name),
                                   .method = std::string(envelope->method),
                                   .user_id = stored->user_id,
                                   .sender = stored->sender};
        }
        if (const Log& log = slot_->options().log) {
            log(url() + ": a malformed message was dropped");
        }
    }
    return std::nullopt;
}

void Mailslot::publish(const InterfaceDescriptor& interface, std::shared_ptr<RemoteObject> object, std::string_view uri)
{
    require_one_way(interface, url());
    slot_->objects().add(std::make_shared<ObjectEntry>(
        uri.empty() ? slot_->name() : std::string(uri), interface,
        make_instance_activator(interface, std::move(object), ActivationMode::published), RegistrationOptions{}));
}

bool Mailslot::dispatch_next(Duration timeout)
{
    return slot_->dispatch_next(timeout);
}

std::size_t Mailslot::dispatch_all()
{
    std::size_t count = 0;
    slot_->acknowledge();
    for (std::size_t left = info().waiting; left != 0 && slot_->dispatch_next(Duration::zero()); --left) {
        ++count;
    }
    return count;
}

std::size_t Mailslot::purge()
{
    slot_->acknowledge();
    return slot_->store().purge();
}

void Mailslot::close() noexcept
{
    slot_->store().close();
}

class MailslotWriter::Writer final {
public:
    Writer(const SlotAddress& address, const MailslotOptions& options, TimePoint deadline)
        : sender_(make_sender(address, options, deadline)),
          head_(Envelope{}.encode_head())
    {
    }
    void write(std::span<const std::byte> content, TimePoint deadline)
    {
        sender_->send(std::as_bytes(std::span(head_)), content, deadline);
    }
    void write(std::span<const std::byte> content, TimePoint deadline, const Id128& id)
    {
        sender_->send(std::as_bytes(std::span(head_)), content, deadline, id);
    }

private:
    const std::unique_ptr<SlotSender> sender_;
    const std::string head_;
};

MailslotWriter::MailslotWriter(std::string_view name_or_url, Duration timeout, const MailslotOptions& options)
    : writer_(std::make_unique<Writer>(SlotAddress::parse(name_or_url), options, deadline_of(timeout)))
{
}

MailslotWriter::~MailslotWriter() = default;

void MailslotWriter::write(std::span<const std::byte> content, Duration timeout)
{
    writer_->write(content, deadline_of(timeout));
}

void MailslotWriter::write(std::span<const std::byte> content, Duration timeout, const Id128& id)
{
    writer_->write(content, deadline_of(timeout), id);
}

}  // namespace remoting
