// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench {

enum class Transport { tcp, pipe };
enum class Waiting { blocking, adaptive };

/// One way to make the calls. The constructor of the derived class forks a server process, so it runs before any
/// thread is started.
class Contestant {
public:
    virtual ~Contestant() = default;
    virtual const std::string& name() const noexcept = 0;
    /// Connects and gives a function that makes one call and waits for its result.
    virtual std::function<void()> open(const std::string& workload) = 0;
};

std::unique_ptr<Contestant> make_raw(Transport transport, Waiting waiting);
std::unique_ptr<Contestant> make_remoting(Transport transport, Waiting waiting);

/// Ends with the object: SIGTERM by pid, then waits.
class ServerProcess {
public:
    /// `serve` runs in a child; it writes its address as a line to the descriptor and serves until it is killed.
    explicit ServerProcess(const std::function<void(int)>& serve);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    const std::string& address() const noexcept { return address_; }

private:
    int pid_ = -1;
    std::string address_;
};

/// "W1", "W2", "W5 64 KiB", "W5 1 MiB"
std::size_t payload_size(const std::string& workload);

}  // namespace bench
