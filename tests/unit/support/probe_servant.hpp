// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "probe.remoting.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace remoting::test {

/// Counts what was called. Set the functions before the first call.
class ProbeServant : public probe::Probe, public std::enable_shared_from_this<ProbeServant> {
public:
    std::int32_t Add(std::int32_t a, std::int32_t b) override
    {
        ++adds;
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));  // hostile
    }
    Bytes Echo(const Bytes& content) override
    {
        ++echoes;
        return content;
    }
    std::int32_t Run(std::int32_t value) override
    {
        ++runs;
        return on_run ? on_run(value) : value;
    }
    std::int32_t Ask(const std::shared_ptr<probe::Watcher>& watcher, std::int32_t value) override
    {
        ++asks;
        return watcher->Changed(value) + 1;
    }
    std::int32_t Dive(const std::shared_ptr<probe::Probe>& other, std::int32_t depth) override
    {
        return depth == 0 ? 0 : other->Dive(shared_from_this(), depth - 1) + 1;
    }
    void Keep(const std::shared_ptr<probe::Watcher>& watcher) override
    {
        const std::lock_guard lock(mutex_);
        kept_ = watcher;
    }
    void Post(std::int32_t value) override
    {
        ++posts;
        if (on_post) {
            on_post(value);
        }
    }
    void Pour(const Bytes& content) override { poured += content.size(); }
    void Refuse(const std::string& reason) override
    {
        ++refusals;
        throw probe::Forbidden(reason, 3);
    }

    std::shared_ptr<probe::Watcher> kept() const
    {
        const std::lock_guard lock(mutex_);
        return kept_;
    }

    std::function<std::int32_t(std::int32_t)> on_run;
    std::function<void(std::int32_t)> on_post;
    std::atomic<int> adds{0};
    std::atomic<int> echoes{0};
    std::atomic<int> runs{0};
    std::atomic<int> asks{0};
    std::atomic<int> posts{0};
    std::atomic<int> refusals{0};
    std::atomic<std::size_t> poured{0};

private:
    mutable std::mutex mutex_;
    std::shared_ptr<probe::Watcher> kept_;
};

class WatcherServant final : public probe::Watcher {
public:
    std::int32_t Changed(std::int32_t value) override
    {
        ++changes;
        return on_changed ? on_changed(value) : value * 2;
    }
    void Told(std::int32_t value) override
    {
        last_told = value;
        ++tolds;
    }

    std::function<std::int32_t(std::int32_t)> on_changed;
    std::atomic<int> changes{0};
    std::atomic<int> tolds{0};
    std::atomic<std::int32_t> last_told{0};
};

class SessionServant final : public probe::Session {
public:
    explicit SessionServant(std::string name) : name_(std::move(name)) { ++alive; }
    ~SessionServant() override { --alive; }
    std::string Name() override { return name_; }
    std::int32_t Next() override { return ++last_; }

    static inline std::atomic<int> alive{0};

private:
    const std::string name_;
    std::atomic<std::int32_t> last_{0};
};

}  // namespace remoting::test
