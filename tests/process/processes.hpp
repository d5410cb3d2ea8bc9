// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "calls.remoting.hpp"

#include "child_process.hpp"
#include "way.hpp"

#include <string>

namespace remoting::test {

/// The program test_server.cpp as a server: it publishes a "control".
class ServerProcess final {
public:
    explicit ServerProcess(const std::string& address)
        : process_({TEST_SERVER, "serve", address}),
          url_(process_.expect("listening"))
    {
    }
    ChildProcess& process() noexcept { return process_; }
    const std::string& url() const noexcept { return url_; }
    std::string control_url() const { return at(url_, "control"); }

private:
    ChildProcess process_;
    std::string url_;
};

class ProcessTest : public ChannelTest {
protected:
    Client& client() noexcept { return client_; }
    std::shared_ptr<contract::Control> control_of(const ServerProcess& server)
    {
        return client_.get_object<contract::Control>(server.control_url());
    }

private:
    Client client_{place().client_options()};
};

inline auto channels_between_processes()
{
    return testing::Values(Way::tcp, Way::pipe);
}

}  // namespace remoting::test
