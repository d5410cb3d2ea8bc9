// SPDX-License-Identifier: BSL-1.0
#pragma once

// The only runtime header that generated sources include besides their own headers. Do not include it yourself.

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/server_call.hpp>
#include <remoting/proxies/generated_code.hpp>
#include <remoting/proxies/hash.hpp>
#include <remoting/proxies/print.hpp>
#include <remoting/proxies/proxy.hpp>
#include <remoting/serialization/archive.hpp>
