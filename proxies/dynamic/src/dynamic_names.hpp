// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "object_names.hpp"

#include <remoting/dynamic.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace remoting {

class RemoteObject;

/// What the objects of one DynamicClient share.
struct DynamicObject::Shared final {
    explicit Shared(Client& owner) : client(owner) {}

    Client& client;
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<DynamicProxy>> received;  ///< by URL; not to be named in any other way
    std::map<std::string, std::shared_ptr<const TypeModel>> asked;  ///< by the description they are made of
    std::vector<std::shared_ptr<const TypeModel>> given;

    /// Models live as long as calls that went by them may be remembered anywhere, by their descriptors.
    void keep(const std::shared_ptr<const TypeModel>& model);
    std::shared_ptr<const TypeModel> model_of(const ModelDescription& description);
};

/// The objects of one call, by their URLs.
class DynamicNames final : public ObjectNames {
public:
    explicit DynamicNames(std::shared_ptr<DynamicObject::Shared> shared) noexcept : shared_(std::move(shared)) {}

    std::shared_ptr<RemoteObject> find(const InterfaceDescriptor& interface, std::string_view url) override;
    std::string name_of(const std::shared_ptr<RemoteObject>& object) override;
    std::vector<DynamicObject> take_objects() { return std::move(objects_); }

private:
    std::shared_ptr<DynamicObject::Shared> shared_;
    std::vector<DynamicObject> objects_;
};

}  // namespace remoting
