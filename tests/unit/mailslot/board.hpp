// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "notes.remoting.hpp"

#include "lines.hpp"
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

}  // namespace remoting::test
