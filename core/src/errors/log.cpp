// SPDX-License-Identifier: BSL-1.0
#include "errors/say.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

namespace remoting {

namespace {

constexpr unsigned lines_a_second = 10;

class StandardError {
public:
    void write(std::string_view line)
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (now - second_ >= std::chrono::seconds(1)) {
            second_ = now;
            lines_ = 0;
        }
        if (++lines_ > lines_a_second) {
            ++left_out_;
            return;
        }
        if (left_out_ != 0) {
            std::fprintf(stderr, "remoting: (%llu more such lines were left out)\n", left_out_);
            left_out_ = 0;
        }
        const std::string text(line);
        std::fprintf(stderr, "remoting: %s\n", text.c_str());
    }

private:
    std::mutex mutex_;
    std::chrono::steady_clock::time_point second_;
    unsigned lines_ = 0;
    unsigned long long left_out_ = 0;
};

}  // namespace

void say(const Log& log, std::string line) noexcept
{
    if (!log) {
        return;
    }
    for (char& c : line) {
        c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    try {
        log(line);
    } catch (...) {
        // A log that fails must not fail what it is told of.
    }
}

Log log_to_stderr()
{
    return [output = std::make_shared<StandardError>()](std::string_view line) { output->write(line); };
}

}  // namespace remoting
