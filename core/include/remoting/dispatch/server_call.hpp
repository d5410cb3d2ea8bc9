// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/dispatch/descriptors.hpp>
#include <remoting/dispatch/function_ref.hpp>

namespace remoting {

/// One request as a generated stub sees it. Used only by generated code, on the thread that dispatches.
class ServerCall {
public:
    /// Decodes the arguments into `values`, passes the server's message sinks, calls `servant`, encodes the results.
    /// What `servant` throws passes through; the server formatter sink makes a reply of it.
    virtual void run(Values values, FunctionRef<void()> servant) = 0;

protected:
    ~ServerCall() = default;
};

}  // namespace remoting
