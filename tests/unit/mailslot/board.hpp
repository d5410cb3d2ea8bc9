// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "notes.remoting.hpp"

#include "waiting.hpp"

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace remoting::test {

/// Keeps what it is told.
class BoardServant final : public notes::Board {
public:
    void Ping(std::int32_t number) override { Leave("ping " + std::to_string(number)); }
    void Leave(const std::string& text) override
    {
        {
            const std::lock_guard lock(mutex_);
            texts_.push_back(text);
        }
        count_.add();
        if (text == "throw") {
            throw std::runtime_error("as asked");
        }
    }
    void Pass(const std::shared_ptr<notes::Board>& other) override
    {
        Leave(other == nullptr ? "nothing" : "something");
    }

    std::vector<std::string> texts() const
    {
        const std::lock_guard lock(mutex_);
        return texts_;
    }
    [[nodiscard]] bool wait_for(int count) { return count_.wait_until_at_least(count); }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> texts_;
    Tally count_;
};

/// A log that can be asked.
class Lines final {
public:
    auto log()
    {
        return [this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            text_ += std::string(line) + "\n";
        };
    }
    std::string text() const
    {
        const std::lock_guard lock(mutex_);
        return text_;
    }
    bool say(const std::string& what) const { return text().find(what) != std::string::npos; }

private:
    mutable std::mutex mutex_;
    std::string text_;
};

}  // namespace remoting::test
