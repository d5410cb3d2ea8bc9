// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/servant_executor.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace remoting {

/// Servants run on `executor`: for RegistrationOptions::executor and ServerOptions::executor. What it runs on outlives the
/// Server.
std::shared_ptr<ServantExecutor> on_executor(boost::asio::any_io_executor executor);
/// What on_executor() was given. @throws std::bad_cast for one that it did not make
const boost::asio::any_io_executor& asio_executor_of(const ServantExecutor& executor);

}  // namespace remoting
