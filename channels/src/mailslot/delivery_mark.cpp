// SPDX-License-Identifier: BSL-1.0
#include "mailslot/delivery_mark.hpp"

#include "mailslot/storage_directory.hpp"
#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace remoting {

static_assert(sizeof(DeliveryMark::Message) == 24, "it is written as it is: its file never leaves this machine");

DeliveryMark::DeliveryMark(const ObjectUrl& url, const PipeDirectory& directory)
    : url_(url),
      file_(open_own_file(url, directory, url.host + ".slot-done"))
{
    if (const int error = ::posix_fallocate(file_.get(), 0, sizeof(Message)); error != 0) {
        throw_errno(url_, ErrorCode::storage_full, error, "there is no room to note which message was delivered");
    }
}

DeliveryMark::Message DeliveryMark::read() const noexcept
{
    Message message;
    return ::pread(file_.get(), &message, sizeof message, 0) == sizeof message ? message : Message{};
}

void DeliveryMark::write(const Message& message)
{
    // One page in place: a kill comes before or after it.
    if (::pwrite(file_.get(), &message, sizeof message, 0) != sizeof message) {
        throw_errno(url_, ErrorCode::internal, errno, "cannot note which message was delivered");
    }
}

}  // namespace remoting
