// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/mailslot_channel.hpp>

#include "mailslot/make_store.hpp"
#include "mailslot/one_way_connection.hpp"
#include "mailslot/slot_address.hpp"
#include "mailslot/slot_dispatcher.hpp"
#include "mailslot/slot_sender.hpp"
#include "socket/url_rules.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/random_source.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace remoting {

namespace {

constexpr Duration shortest_pause = std::chrono::milliseconds(100);
constexpr Duration longest_pause = std::chrono::seconds(10);

/// The same for every way to write a slot's address.
std::string key_of(const SlotAddress& address)
{
    const auto directory = address.endpoint.options.find("directory");
    return address.endpoint.host + (address.is_durable ? "?durable" : "?") +
           (directory != address.endpoint.options.end() ? directory->second : "");
}

}  // namespace

/// The stores of the slots that are listened to.
class MailslotChannel::Slots final {
public:
    void add(const std::string& key, SlotStore& store)
    {
        const std::lock_guard lock(mutex_);
        stores_[key] = &store;
    }
    void remove(const std::string& key) noexcept
    {
        const std::lock_guard lock(mutex_);
        stores_.erase(key);
    }
    MailslotInfo info(const SlotAddress& address, const MailslotOptions& options) const
    {
        const std::lock_guard lock(mutex_);
        const auto found = stores_.find(key_of(address));
        if (found == stores_.end()) {
            throw_about(address.endpoint, ErrorCode::object_not_found, "nobody listens to it through this channel");
        }
        return info_of(*found->second, options);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, SlotStore*> stores_;
};

class MailslotChannel::SlotListener final : public Listener {
public:
    SlotListener(const SlotAddress& address, const MailslotOptions& options, MessageTarget target,
                 std::shared_ptr<Slots> slots)
        : store_(make_store(address, options)),
          log_(options.log),
          dispatcher_(target, system_random(), store_.url, address.endpoint.host, options.log),
          slots_(std::move(slots)),
          key_(key_of(address)),
          thread_([this] { run(); })
    {
        slots_->add(key_, *store_.store);
    }
    ~SlotListener() override
    {
        slots_->remove(key_);
        {
            const std::lock_guard lock(mutex_);
            is_over_ = true;
        }
        ended_.notify_all();
        store_.store->close();
        thread_.join();
    }
    const std::string& url() const noexcept override { return store_.url; }

private:
    /// What goes wrong may be over soon: a disk that does not answer, a database that another program repairs.
    void run() noexcept
    {
        for (Duration pause = shortest_pause; !serve(pause); pause = std::min(2 * pause, longest_pause)) {
            std::unique_lock lock(mutex_);
            ended_.wait_for(lock, pause, [this] { return is_over_; });
        }
    }
    /// True when it is over, false when something went wrong.
    bool serve(Duration& pause) noexcept
    {
        try {
            while (const auto message = store_.store->take(TimePoint::max())) {
                dispatcher_.dispatch(*message);
                store_.store->done(*message);
                pause = shortest_pause;
            }
            return true;
        } catch (const std::exception& error) {
            report(error.what());
            return false;
        }
    }
    void report(const std::string& problem) const noexcept
    {
        try {
            if (log_) {
                log_(store_.url + " is not served for a while: " + problem);
            }
        } catch (const std::exception&) {  // there is nobody else to tell
        }
    }

    const OwnedStore store_;
    const Log log_;
    SlotDispatcher dispatcher_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool is_over_ = false;
    const std::shared_ptr<Slots> slots_;
    const std::string key_;
    std::thread thread_;
};

MailslotChannel::MailslotChannel(MailslotOptions options)
    : options_(std::move(options)),
      slots_(std::make_shared<Slots>())
{
}

MailslotInfo MailslotChannel::info(std::string_view name_or_url) const
{
    return slots_->info(SlotAddress::parse(name_or_url), options_);
}

std::shared_ptr<Connection> MailslotChannel::connect(const ObjectUrl& url, ChannelHost&, TimePoint deadline)
{
    const SlotAddress address = SlotAddress::of(url);
    PeerIdentity owner;
    owner.address = address.text;
    owner.is_local = true;
    return std::make_shared<OneWayConnection>(make_sender(address, options_, deadline), url.endpoint(),
                                              std::move(owner));
}

std::string MailslotChannel::object_of(const ObjectUrl& url, const InterfaceDescriptor& interface) const
{
    const SlotAddress address = SlotAddress::of(url);
    require_one_way(interface, address.text);
    return url.object;  // empty: each slot's own
}

std::unique_ptr<Listener> MailslotChannel::listen(const ObjectUrl& url, ChannelHost& host)
{
    const MessageTarget target = host.message_target();
    if (target.dispatch == nullptr || target.formatter == nullptr) {
        throw RemotingError(ErrorCode::internal, Executed::no, "this host takes no messages");
    }
    return std::make_unique<SlotListener>(SlotAddress::of(url), options_, target, slots_);
}

}  // namespace remoting
