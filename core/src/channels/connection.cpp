// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/connection.hpp>

#include <remoting/errors/exceptions.hpp>

namespace remoting {

void Connection::start(StartedCall& call)
{
    if (call.one_way) {
        send(*call.request);
    } else {
        call.reply = this->call(*call.request);
    }
    call.ended();
}

bool Connection::cancel(StartedCall& /*call*/, ErrorCode /*code*/, const std::string& /*cause*/) noexcept
{
    return false;
}

std::stop_token Connection::stop_token(std::uint64_t /*id*/)
{
    return {};
}

void Connection::ping(TimePoint /*deadline*/)
{
    if (is_closed()) {
        throw RemotingError(ErrorCode::connection_lost, Executed::no, "the connection is closed", {{}, {}, address()});
    }
}

}  // namespace remoting
