// SPDX-License-Identifier: BSL-1.0
#include "description_keeper.hpp"

#include <remoting/dispatch/object_table.hpp>
#include <remoting/errors/error_code.hpp>

namespace remoting {

std::vector<remoting_::HostedObject> DescriptionKeeper::Objects()
{
    std::vector<remoting_::HostedObject> hosted;
    for (const auto& entry : objects_.named()) {
        const bool is_type = entry->is_activated_type();
        hosted.push_back({is_type ? std::string(activated_name(entry->uri())) : entry->uri(),
                          std::string(entry->interface().name), is_type});
    }
    return hosted;
}

ModelDescription DescriptionKeeper::Describe(const std::string& object, std::string& interface)
{
    return describe(object, interface);
}

ModelDescription DescriptionKeeper::DescribeType(const std::string& name, std::string& interface)
{
    return describe(activation_uri("", name), interface);
}

ModelDescription DescriptionKeeper::describe(const std::string& uri, std::string& interface) const
{
    const auto entry = objects_.find(uri);
    if (entry == nullptr || entry->interface().is_internal()) {
        remoting_::DescriptionRefused refused;
        refused.code = static_cast<std::uint16_t>(ErrorCode::object_not_found);
        refused.reason = objects_.reason_not_found(uri);
        throw refused;
    }
    interface = entry->interface().name;
    return describe_interface(entry->interface());
}

}  // namespace remoting
