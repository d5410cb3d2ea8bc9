// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <stdexcept>

namespace remoting::test {

/// A fork of this process that runs a function and exits with its result. Fork before starting threads.
/// The two take turns through tell() and hear().
class ChildProcess final {
public:
    /// In the child's hands.
    struct Line {
        int in;
        int out;
        void tell() const { [[maybe_unused]] const auto n = ::write(out, "x", 1); }
        bool hear() const
        {
            char c;
            return ::read(in, &c, 1) == 1;
        }
    };

    explicit ChildProcess(const std::function<int(const Line&)>& run)
    {
        std::array<int, 2> to_child{};
        std::array<int, 2> to_parent{};
        if (::pipe(to_child.data()) != 0 || ::pipe(to_parent.data()) != 0) {
            throw std::runtime_error("pipe failed");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(to_child[1]);
            ::close(to_parent[0]);
            ::alarm(30);  // a test that fails must not hang
            int status = 99;
            try {
                status = run({to_child[0], to_parent[1]});
            } catch (...) {
            }
            ::_exit(status);
        }
        ::close(to_child[0]);
        ::close(to_parent[1]);
        line_ = {to_parent[0], to_child[1]};
    }
    ~ChildProcess()
    {
        kill();
        ::close(line_.in);
        ::close(line_.out);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    const Line& line() const noexcept { return line_; }
    void kill()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            wait();
        }
    }
    /// SIGSTOP; returns when it stands still.
    void stop()
    {
        ::kill(pid_, SIGSTOP);
        ::waitpid(pid_, nullptr, WUNTRACED);
    }
    void go_on() { ::kill(pid_, SIGCONT); }
    /// Its exit status, or -1 if a signal ended it.
    int wait()
    {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = -1;
    Line line_{};
};

}  // namespace remoting::test
