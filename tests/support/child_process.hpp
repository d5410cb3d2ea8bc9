// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "waiting.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remoting::test {

/// Another program, which talks by lines on its standard input and output. Killed, by its id, when this goes, and by
/// the kernel when the thread that started it ends.
class ChildProcess final {
public:
    /// @param command the program's path and its arguments
    explicit ChildProcess(const std::vector<std::string>& command)
    {
        std::vector<char*> arguments;
        for (const std::string& word : command) {
            arguments.push_back(const_cast<char*>(word.c_str()));
        }
        arguments.push_back(nullptr);
        std::array<int, 2> input{};
        std::array<int, 2> output{};
        if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("pipe2 failed");
        }
        const pid_t parent = ::getpid();
        pid_ = ::fork();
        if (pid_ == 0) {  // until execv only what may be called after a fork with threads
            ::dup2(input[0], STDIN_FILENO);
            ::dup2(output[1], STDOUT_FILENO);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() == parent) {
                ::execv(arguments[0], arguments.data());
            }
            ::_exit(127);
        }
        ::close(input[0]);
        ::close(output[1]);
        input_ = input[1];
        output_ = output[0];
        if (pid_ < 0) {
            throw std::runtime_error("fork failed");
        }
    }
    ~ChildProcess()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(input_);
        ::close(output_);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The next line it writes. Empty when it writes none in time, or has ended.
    std::optional<std::string> read_line(std::chrono::milliseconds longest = patience)
    {
        const auto end = std::chrono::steady_clock::now() + longest;
        for (;;) {
            if (const auto newline = received_.find('\n'); newline != std::string::npos) {
                std::string line = received_.substr(0, newline);
                received_.erase(0, newline + 1);
                return line;
            }
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
            pollfd readable{output_, POLLIN, 0};
            if (left <= 0 || ::poll(&readable, 1, static_cast<int>(left)) <= 0) {
                return std::nullopt;
            }
            std::array<char, 4096> content{};
            const ssize_t size = ::read(output_, content.data(), content.size());
            if (size <= 0) {
                return std::nullopt;
            }
            received_.append(content.data(), static_cast<std::size_t>(size));
        }
    }
    /// What follows `word` and a blank on the next line; throws when that line begins otherwise.
    std::string expect(std::string_view word, std::chrono::milliseconds longest = patience)
    {
        const auto line = read_line(longest);
        if (!line || !line->starts_with(word)) {
            throw std::runtime_error("expected '" + std::string(word) + "' from the other program, got " +
                                     (line ? "'" + *line + "'" : std::string("nothing")));
        }
        return line->size() > word.size() ? line->substr(word.size() + 1) : std::string();
    }
    void write_line(const std::string& line)
    {
        const std::string content = line + "\n";
        if (::write(input_, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
            throw std::runtime_error("the other program does not listen");
        }
    }
    void send_signal(int signal) { ::kill(pid_, signal); }
    /// SIGSTOP; returns when all its threads stand still.
    void stop()
    {
        send_signal(SIGSTOP);
        ::waitpid(pid_, nullptr, WUNTRACED);
    }
    /// SIGKILL; returns when it is dead and the kernel has closed what it held.
    void kill()
    {
        send_signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    /// Its exit status, or -1 when a signal ended it; empty when it goes on.
    std::optional<int> wait(std::chrono::nanoseconds longest = patience)
    {
        int status = 0;
        if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, longest)) {
            return std::nullopt;
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string received_;
};

}  // namespace remoting::test
