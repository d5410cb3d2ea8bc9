// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

// What generated code tells the runtime about an interface: constant tables, no registration. Values of one call
// travel through the runtime as an array of untyped addresses ("values"), in the order of
// MethodDescriptor::parameters; only the generated functions in the tables know their types.

namespace remoting {

struct DecodeLimits;
class InputArchive;
struct InterfaceDescriptor;
class OutputArchive;
class ProxyTarget;
class RemoteObject;
class ServerCall;
class UserException;

/// Addresses of a call's values, in the order of MethodDescriptor::parameters. Constant values are not written
/// through when their direction is `in`.
using Values = void* const*;

enum class Direction : std::uint8_t { in, out, in_out, result };

struct ParameterDescriptor {
    std::string_view name;  ///< "" for the result
    std::string_view type;  ///< as written in IDL, "list<bank.Entry>"
    Direction direction;
    std::string_view value = {};  ///< its default as `remoting-idl describe --json` writes it; "" when there is none
};

/// A field of a struct or an exception, an alternative of a variant.
struct FieldDescriptor {
    std::string_view name;
    std::string_view type;        ///< as in ParameterDescriptor; parameters of a generic struct are types, too
    std::string_view value = {};  ///< likewise
    bool is_reserved = false;     ///< keeps its place on the wire, and is nowhere else
};

struct EnumeratorDescriptor {
    std::string_view name;
    std::int64_t value;  ///< of an enum of uint64 the same 64 bits
};

enum class TypeForm : std::uint8_t { structure, variant, enumeration, native, interface };

/// A type that an IDL file declares. Calls do not need it: it is for those who look at values without their C++ types,
/// and for naming what does not decode.
struct TypeDescriptor {
    TypeForm form;
    std::string_view name;                                 ///< "bank.Entry"
    std::span<const std::string_view> parameters = {};     ///< of a generic struct
    std::span<const FieldDescriptor> fields = {};          ///< of a variant its alternatives
    std::string_view underlying = {};                      ///< of an enum, "int32"
    std::span<const EnumeratorDescriptor> enumerators = {};
    const InterfaceDescriptor& (*interface)() noexcept = nullptr;  ///< of an interface
};

/// One exception type. `encode` and `decode` handle its own fields, not those of its base.
struct ExceptionDescriptor {
    std::string_view name;  ///< "bank.InsufficientFunds"
    const ExceptionDescriptor* base;
    std::unique_ptr<UserException> (*create)();
    void (*encode)(OutputArchive&, const UserException&);
    void (*decode)(InputArchive&, UserException&);
    std::span<const FieldDescriptor> fields = {};  ///< its own
};

/// One method; its name, or what [wire("..")] says instead, is its key on the wire. Arguments are `in` and `in_out` in declaration order; results are
/// the return value first, then `out` and `in_out` in declaration order.
struct MethodDescriptor {
    std::string_view name;
    std::span<const ParameterDescriptor> parameters;  ///< declaration order, the result last if there is one
    void (*encode_arguments)(OutputArchive&, Values);
    void (*decode_arguments)(InputArchive&, Values);
    void (*encode_results)(OutputArchive&, Values);
    void (*decode_results)(InputArchive&, Values);
    /// Declared with `throws`; one derived from a declared one may be thrown too.
    std::span<const ExceptionDescriptor* const> throws;
    /// `throws` and every exception derived from one of them that the compiler saw.
    std::span<const ExceptionDescriptor* const> known_exceptions;
    /// Decodes, calls the servant (what InterfaceDescriptor::cast returned), encodes. Null for constructors.
    void (*invoke)(ServerCall&, void* servant);
    bool one_way = false;
    /// May be executed a second time without harm.
    bool idempotent = false;
    /// What the IDL gives a call of it, in milliseconds; 0 for the caller's own.
    std::uint32_t deadline_ms = 0;
    /// A call of it lasts as long as the caller's values come: it ends by a deadline only if one is spelled.
    bool takes_stream = false;
    /// Of an event: by calling it a peer subscribes.
    bool is_event = false;
    /// Every type that its values and known exceptions are made of, and maybe more.
    std::span<const TypeDescriptor> types = {};
    /// Of a method that is known at run time only: throws the exception a reply holds, instead of what is in
    /// `known_exceptions`. @throws RemotingError when there is nothing it knows
    void (*raise)(InputArchive&, const DecodeLimits&, Values) = nullptr;
};

/// One interface. `methods` holds the inherited ones too, each once.
struct InterfaceDescriptor {
    std::string_view name;  ///< "bank.Account"
    /// Names of all interfaces it derives from, directly or not.
    std::span<const std::string_view> bases;
    std::span<const MethodDescriptor> methods;
    const MethodDescriptor* constructor;  ///< null when the IDL declares none
    /// @param interface this one
    std::shared_ptr<RemoteObject> (*make_proxy)(ProxyTarget, const InterfaceDescriptor& interface);
    /// dynamic_cast to the interface's class, as an untyped pointer for MethodDescriptor::invoke; null if it is not
    /// one.
    void* (*cast)(RemoteObject&) noexcept;

    /// Of an object of the runtime's own, whose calls are none of the user's: message sinks do not see them.
    bool is_internal() const noexcept { return name.starts_with('~'); }
    /// Whether an object of this interface can be used as `interface_name`.
    bool is(std::string_view interface_name) const noexcept;
    /// Null when there is none of that name.
    const MethodDescriptor* find_method(std::string_view method_name) const noexcept;
};

/// Specialized by generated headers for each interface `T`:
///     static const InterfaceDescriptor& descriptor() noexcept;
///     using Constructor = void(std::string);      // the constructor's parameters; void() when there is none
template <class T>
struct InterfaceTraits;

}  // namespace remoting
