// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/descriptors.hpp>

#include <algorithm>

namespace remoting {

bool InterfaceDescriptor::is(std::string_view interface_name) const noexcept
{
    return name == interface_name || std::ranges::find(bases, interface_name) != bases.end();
}

const MethodDescriptor* InterfaceDescriptor::find_method(std::string_view method_name) const noexcept
{
    const auto found = std::ranges::find(methods, method_name, &MethodDescriptor::name);
    return found == methods.end() ? nullptr : &*found;
}

}  // namespace remoting
