// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/description_service.remoting.hpp>
#include <remoting/dispatch/descriptors.hpp>

namespace remoting {

/// Interfaces and the types of their values, as a value of its own: what descriptors say, where there is no generated code.
using ModelDescription = remoting_::ModelDescription;

/// The interface, every other one that its values refer to, directly or not, and every type of them.
ModelDescription describe_interface(const InterfaceDescriptor& interface);

}  // namespace remoting
