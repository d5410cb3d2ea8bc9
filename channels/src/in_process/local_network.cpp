// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/local_network.hpp>

#include "socket/file_descriptor.hpp"
#include "socket/socket_stream.hpp"
#include "socket/url_rules.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace remoting {

namespace {

/// A name that is listened on. Threads that connect enter it, so that closing it can wait for them.
class Door final {
public:
    Door(ChannelHost& host, std::string url) : host_(host), url_(std::move(url)) {}

    const std::string& url() const noexcept { return url_; }

    /// False once it is closed.
    bool pass(std::unique_ptr<ByteStream> stream)
    {
        const auto self = std::this_thread::get_id();
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                return false;
            }
            inside_.push_back(self);
        }
        host_.accept(std::move(stream), url_);
        const std::lock_guard lock(mutex_);
        inside_.erase(std::ranges::find(inside_, self));
        changed_.notify_all();
        return true;
    }

    /// Waits for threads in pass(), except the calling one.
    void close()
    {
        const auto self = std::this_thread::get_id();
        std::unique_lock lock(mutex_);
        closed_ = true;
        changed_.wait(lock, [&] { return std::ranges::all_of(inside_, [&](auto id) { return id == self; }); });
    }

private:
    ChannelHost& host_;
    const std::string url_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false;
    std::vector<std::thread::id> inside_;
};

PeerIdentity this_process()
{
    PeerIdentity identity;
    identity.address = "this process";
    identity.is_local = true;
    identity.user_id = ::geteuid();
    identity.group_id = ::getegid();
    return identity;
}

}  // namespace

class LocalNetwork::Names final {
public:
    std::shared_ptr<Door> find(const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        const auto found = doors_.find(name);
        return found == doors_.end() ? nullptr : found->second;
    }
    bool add(const std::string& name, const std::shared_ptr<Door>& door)
    {
        const std::lock_guard lock(mutex_);
        return doors_.emplace(name, door).second;
    }
    void remove(const std::string& name, const std::shared_ptr<Door>& door)
    {
        const std::lock_guard lock(mutex_);
        const auto found = doors_.find(name);
        if (found != doors_.end() && found->second == door) {
            doors_.erase(found);
        }
    }

    class NameListener final : public Listener {
    public:
        NameListener(std::shared_ptr<Names> names, std::string name, std::shared_ptr<Door> door)
            : names_(std::move(names)),
              name_(std::move(name)),
              door_(std::move(door))
        {
        }
        ~NameListener() override
        {
            door_->close();
            names_->remove(name_, door_);
        }
        const std::string& url() const noexcept override { return door_->url(); }

    private:
        std::shared_ptr<Names> names_;
        std::string name_;
        std::shared_ptr<Door> door_;
    };

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Door>> doors_;
};

LocalNetwork::LocalNetwork() : names_(std::make_shared<Names>()) {}

LocalNetwork::~LocalNetwork() = default;

std::unique_ptr<Listener> LocalNetwork::listen(const ObjectUrl& url, ChannelHost& host)
{
    ObjectUrl bound = url;
    bound.object.clear();
    auto door = std::make_shared<Door>(host, bound.endpoint());
    auto listener = std::make_unique<Names::NameListener>(names_, url.host, door);
    if (!names_->add(url.host, door)) {
        throw_about(url, ErrorCode::name_in_use, "'" + url.host + "' is being listened on already in this network");
    }
    return listener;
}

std::unique_ptr<ByteStream> LocalNetwork::connect(const ObjectUrl& url)
{
    const auto door = names_->find(url.host);
    std::array<int, 2> ends{};
    if (door != nullptr && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw_errno(url, ErrorCode::connect_failed, errno, "socketpair");
    }
    if (door != nullptr) {
        FileDescriptor near(ends[0]);
        FileDescriptor far(ends[1]);
        try {
            auto ours = std::make_unique<SocketStream>(std::move(near), this_process());
            if (door->pass(std::make_unique<SocketStream>(std::move(far), this_process()))) {
                return ours;
            }
        } catch (const std::system_error& error) {
            throw_about(url, ErrorCode::connect_failed, error.what());
        }
    }
    throw_about(url, ErrorCode::connect_failed, "nobody listens on '" + url.host + "' in this network");
}

}  // namespace remoting
