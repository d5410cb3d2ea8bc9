// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/description.hpp>
#include <remoting/dispatch/descriptors.hpp>
#include <remoting/proxies/typed_values.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remoting {

class TypeGraph;

/// What is known at run time of interfaces and the types of their values: descriptors that were made without generated code.
/// Immutable and thread-safe. What it is made of may be hostile.
///
/// The methods of its interfaces work on JSON: the `values` of a call, as message sinks see them, are boost::json::value.
class TypeModel final : public std::enable_shared_from_this<TypeModel> {
public:
    /// @throws RemotingError invalid_argument that names what is wrong, limit_exceeded beyond 100,000 members
    static std::shared_ptr<const TypeModel> from(const ModelDescription& description);
    /// Of what `remoting-idl describe --json` printed. @throws RemotingError as from()
    static std::shared_ptr<const TypeModel> from_json(std::string_view described);
    /// Of generated code.
    template <GeneratedInterface T>
    static std::shared_ptr<const TypeModel> of()
    {
        return from(describe_interface(InterfaceTraits<T>::descriptor()));
    }

    ~TypeModel();
    TypeModel(const TypeModel&) = delete;
    TypeModel& operator=(const TypeModel&) = delete;

    /// In the order in which they were described.
    std::vector<const InterfaceDescriptor*> interfaces() const;
    /// Null when there is none.
    const InterfaceDescriptor* find_interface(std::string_view name) const noexcept;

    const TypeGraph& graph() const noexcept { return *graph_; }  ///< for the library itself

private:
    explicit TypeModel(std::unique_ptr<TypeGraph> graph);

    const std::unique_ptr<TypeGraph> graph_;
};

/// "[oneway] void Note(string text)", "money.Money Withdraw(money.Money amount) throws bank.InsufficientFunds"
std::string signature(const MethodDescriptor& method);

}  // namespace remoting
