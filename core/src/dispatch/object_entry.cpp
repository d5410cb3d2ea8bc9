// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/object_entry.hpp>

namespace remoting {

std::shared_ptr<ServantExecutor> ObjectEntry::shared_executor(FunctionRef<std::shared_ptr<ServantExecutor>()> make)
{
    std::call_once(executor_made_, [&] { shared_executor_ = make(); });
    return shared_executor_;
}

}  // namespace remoting
