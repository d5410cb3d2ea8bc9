// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace remoting::test {

/// A program that runs while this object lives. What it writes to stdout and stderr is read here, and what it reads is
/// written here.
class Program final {
public:
    explicit Program(std::vector<std::string> command)
    {
        std::array<int, 2> pipe{};
        std::array<int, 2> in{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0 || ::pipe2(in.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::system_category(), "pipe2");
        }
        std::vector<char*> arguments;
        for (std::string& argument : command) {
            arguments.push_back(argument.data());
        }
        arguments.push_back(nullptr);

        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
        const int error = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(pipe[1]);
        ::close(in[0]);
        out_ = pipe[0];
        in_ = in[1];
        if (error != 0) {
            ::close(out_);
            ::close(in_);
            throw std::system_error(error, std::system_category(), command[0]);
        }
    }
    ~Program()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(out_);
        close_input();
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    /// A line for its standard input.
    void write_line(const std::string& line) const
    {
        const std::string text = line + '\n';
        if (::write(in_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            throw std::system_error(errno, std::system_category(), "write");
        }
    }
    void close_input()
    {
        if (in_ >= 0) {
            ::close(std::exchange(in_, -1));
        }
    }
    /// Without the newline; what is left at the end of the output.
    std::string read_line()
    {
        std::size_t end = 0;
        while ((end = buffer_.find('\n')) == std::string::npos) {
            if (!read_more()) {
                return std::exchange(buffer_, {});
            }
        }
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
    }
    /// Until the program closes its output, which is at its end.
    std::string read_all()
    {
        while (read_more()) {
        }
        return std::exchange(buffer_, {});
    }
    void signal(int number) const { ::kill(pid_, number); }
    /// Its exit status, or -1 if a signal ended it.
    int wait()
    {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    bool read_more()
    {
        pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, 60'000) <= 0) {
            throw std::runtime_error("the program wrote nothing for a minute");
        }
        std::array<char, 4096> piece{};
        const ssize_t count = ::read(out_, piece.data(), piece.size());
        buffer_.append(piece.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        return count > 0;
    }

    pid_t pid_ = -1;
    int out_ = -1;
    int in_ = -1;
    std::string buffer_;
};

struct Outcome {
    int status = -1;
    std::string output;
};

inline Outcome run(std::vector<std::string> command)
{
    Program program(std::move(command));
    Outcome outcome;
    outcome.output = program.read_all();
    outcome.status = program.wait();
    return outcome;
}

}  // namespace remoting::test
