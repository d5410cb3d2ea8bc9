// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/description.hpp>

#include <string>
#include <vector>

namespace remoting {

class ObjectTable;

/// The URI of a server's DescriptionService.
inline constexpr const char* description_service_uri = "~describe";

/// A server's DescriptionService. Lives in the object table, and so not longer than that.
class DescriptionKeeper final : public remoting_::DescriptionService {
public:
    explicit DescriptionKeeper(const ObjectTable& objects) : objects_(objects) {}

    std::vector<remoting_::HostedObject> Objects() override;
    ModelDescription Describe(const std::string& object, std::string& interface) override;
    ModelDescription DescribeType(const std::string& name, std::string& interface) override;

private:
    ModelDescription describe(const std::string& uri, std::string& interface) const;

    const ObjectTable& objects_;
};

}  // namespace remoting
