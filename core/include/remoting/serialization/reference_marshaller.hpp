// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <memory>

namespace remoting {

class InputArchive;
class OutputArchive;
class RemoteObject;
struct InterfaceDescriptor;

/// What an archive does with interface-typed pointers: turn an object into a reference on the wire and back into the
/// object itself or a proxy. Called on the thread that encodes or decodes.
class ReferenceMarshaller {
public:
    /// @param object null is to be written too.
    /// @param interface the interface the value is declared as; the object may be of a derived one.
    virtual void save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
                      const InterfaceDescriptor& interface) = 0;
    /// Reads what save() wrote, at least one byte. Whoever returns an object that is not of `interface` makes the
    /// archive throw interface_mismatch.
    virtual std::shared_ptr<RemoteObject> load(InputArchive& archive, const InterfaceDescriptor& interface) = 0;

    /// The number, within this process, of the session that the peer's calls belong to; it outlives a lost connection. 0:
    /// calls of this process itself.
    virtual std::uint64_t session_number() const noexcept { return 0; }

    /// Whether that has ended for good.
    virtual bool is_session_over() const noexcept { return false; }

protected:
    ~ReferenceMarshaller() = default;
};

}  // namespace remoting
