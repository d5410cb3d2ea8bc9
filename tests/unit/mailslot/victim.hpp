// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

namespace remoting::test {

/// A fork of this process that tells numbers until it is killed.
class Victim final {
public:
    explicit Victim(const std::function<void(const std::function<void(std::uint64_t)>& tell)>& run)
    {
        std::array<int, 2> pipe{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("pipe2 failed");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::close(pipe[0]);
            int status = 0;
            try {
                run([&](std::uint64_t number) {
                    [[maybe_unused]] const auto size = ::write(pipe[1], &number, sizeof number);
                });
            } catch (...) {
                status = 1;
            }
            ::_exit(status);
        }
        ::close(pipe[1]);
        told_ = pipe[0];
    }
    ~Victim()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(told_);
    }
    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;

    /// All it told until it killed itself or ended.
    std::vector<std::uint64_t> outlive()
    {
        std::vector<std::uint64_t> numbers;
        while (read_into(numbers)) {
        }
        bury();
        return numbers;
    }
    bool was_killed() const noexcept { return was_killed_; }

    /// All it told until it was killed, some time after it told `least` numbers.
    std::vector<std::uint64_t> kill_after(std::size_t least, unsigned spins)
    {
        std::vector<std::uint64_t> numbers;
        while (numbers.size() < least && read_into(numbers)) {
        }
        std::atomic<unsigned> spun{0};
        while (spun++ < spins) {
        }
        ::kill(pid_, SIGKILL);
        while (read_into(numbers)) {
        }
        bury();
        return numbers;
    }

private:
    void bury()
    {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        was_killed_ = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        EXPECT_TRUE(was_killed_ || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << "it failed of itself";
    }
    bool read_into(std::vector<std::uint64_t>& numbers) const
    {
        std::uint64_t number = 0;
        pollfd ready{.fd = told_, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, 60'000) <= 0 || ::read(told_, &number, sizeof number) != sizeof number) {
            return false;
        }
        numbers.push_back(number);
        return true;
    }
    pid_t pid_ = -1;
    int told_ = -1;
    bool was_killed_ = false;
};

}  // namespace remoting::test
