// SPDX-License-Identifier: BSL-1.0
#pragma once

// The only runtime header that generated .async.hpp headers include. Do not include it yourself.

#include <remoting/as_result.hpp>
#include <remoting/proxies/async_call.hpp>
#include <remoting/proxies/async_servants.hpp>
