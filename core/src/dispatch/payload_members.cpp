// SPDX-License-Identifier: BSL-1.0
#include "payload_members.hpp"

#include <remoting/serialization/archive.hpp>
#include <remoting/types/type_text.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace remoting {

namespace {

/// Values looked at, at most: a long payload that is wrong at its end is not to cost much more than a right one.
constexpr std::size_t max_steps = 200'000;
constexpr std::size_t no_stop = std::numeric_limits<std::size_t>::max();

struct Member {
    std::string label;
    std::string_view type;
};

/// A generic struct whose fields are being read.
struct Scope {
    const TypeDescriptor& type;
    const TypeText& text;
    const Scope* outer;
};

/// Reads a payload as its types say, and keeps the path to where it is.
class MemberWalk final {
public:
    MemberWalk(std::span<const TypeDescriptor> types, std::span<const std::byte> payload, const DecodeLimits& limits,
               std::size_t stop)
        : types_(types), archive_(payload, limits), stop_(stop)
    {
    }

    /// The path to the first value that cannot be read, or that `stop` lies in or behind; "" when there is none.
    std::string find(const std::vector<Member>& members)
    {
        try {
            for (const Member& member : members) {
                path_ = member.label;
                if (archive_.remaining() == 0) {
                    break;
                }
                if (walk(text_of(member.type), nullptr)) {
                    return steps_ > max_steps ? std::string() : path_;
                }
            }
        } catch (const RemotingError&) {
            return path_;
        }
        return {};
    }

private:
    bool walk(const TypeText& type, const Scope* scope);
    bool walk_value(const TypeText& type, const Scope* scope);
    bool walk_elements(const TypeText& type, std::size_t count, const Scope* scope);
    bool walk_declared(const TypeText& type, const Scope* scope);
    bool walk_fields(const TypeDescriptor& type, const Scope& scope);
    bool walk_variant(const TypeDescriptor& type, const Scope& scope);
    void read_reference();

    template <class T>
    bool read()
    {
        archive_.read<T>();
        return is_at_stop();
    }
    bool is_at_stop() { return ++steps_ > max_steps || archive_.position() >= stop_; }
    template <class F>
    bool within(const std::string& step, F walk_in)
    {
        const std::size_t length = path_.size();
        path_ += step;
        if (walk_in()) {
            return true;
        }
        path_.resize(length);
        return false;
    }

    const TypeText& text_of(std::string_view text)
    {
        auto found = texts_.find(text);
        if (found == texts_.end()) {
            found = texts_.emplace(text, TypeText::parse(text)).first;
        }
        return found->second;
    }
    const TypeDescriptor* type_of(std::string_view name)
    {
        const auto [found, is_new] = named_.try_emplace(name, nullptr);
        if (is_new) {
            const auto type = std::ranges::find(types_, name, &TypeDescriptor::name);
            found->second = type == types_.end() ? nullptr : &*type;
        }
        return found->second;
    }

    std::span<const TypeDescriptor> types_;
    InputArchive archive_;
    std::size_t stop_;
    std::size_t steps_ = 0;
    std::string path_;
    std::map<std::string_view, TypeText> texts_;
    std::map<std::string_view, const TypeDescriptor*> named_;
};

bool MemberWalk::walk(const TypeText& type, const Scope* scope)
{
    const TypeDescriptor* const declared = type.kind == TypeKind::declared ? type_of(type.name) : nullptr;
    const bool is_reference = declared != nullptr && declared->form == TypeForm::interface;
    if (type.is_optional && !is_reference && !archive_.read<bool>()) {
        return is_at_stop();
    }
    return walk_value(type, scope);
}

bool MemberWalk::walk_value(const TypeText& type, const Scope* scope)
{
    switch (type.kind) {
        case TypeKind::boolean:
            return read<bool>();
        case TypeKind::int8:
        case TypeKind::uint8:
            return read<std::uint8_t>();
        case TypeKind::int16:
        case TypeKind::uint16:
        case TypeKind::character:
            return read<std::uint16_t>();
        case TypeKind::int32:
        case TypeKind::uint32:
        case TypeKind::float32:
            return read<std::uint32_t>();
        case TypeKind::int64:
        case TypeKind::uint64:
        case TypeKind::float64:
        case TypeKind::timestamp:
        case TypeKind::duration:
            return read<std::uint64_t>();
        case TypeKind::string:
            return read<std::string>();
        case TypeKind::bytes:
            return read<Bytes>();
        case TypeKind::uuid:
            return read<Uuid>();
        case TypeKind::decimal:
            return read<Decimal>();
        case TypeKind::any:
            return read<Any>();
        case TypeKind::array:
            return walk_elements(type, type.length, scope);
        case TypeKind::list:
        case TypeKind::set:
        case TypeKind::map: {
            const std::size_t count = archive_.read<std::uint32_t>();
            if (count > archive_.remaining()) {
                archive_.fail("a count is larger than the payload");
            }
            return is_at_stop() || walk_elements(type, count, scope);
        }
        case TypeKind::stream:
            read_reference();
            return is_at_stop();
        case TypeKind::declared:
            break;
    }
    return walk_declared(type, scope);
}

bool MemberWalk::walk_elements(const TypeText& type, std::size_t count, const Scope* scope)
{
    for (std::size_t index = 0; index < count; ++index) {
        const auto element = [&] {
            return walk(type.arguments[0], scope) ||
                   (type.kind == TypeKind::map && walk(type.arguments[1], scope));
        };
        if (within('[' + std::to_string(index) + ']', element)) {
            return true;
        }
    }
    return false;
}

bool MemberWalk::walk_declared(const TypeText& type, const Scope* scope)
{
    if (scope != nullptr) {
        const auto parameter = std::ranges::find(scope->type.parameters, type.name);
        const auto index = static_cast<std::size_t>(parameter - scope->type.parameters.begin());
        if (index < scope->text.arguments.size()) {
            return walk(scope->text.arguments[index], scope->outer);
        }
    }
    const TypeDescriptor* const declared = type_of(type.name);
    if (declared == nullptr) {
        return true;
    }
    const Scope inner{*declared, type, scope};
    switch (declared->form) {
        case TypeForm::structure:
            return walk_fields(*declared, inner);
        case TypeForm::variant:
            return walk_variant(*declared, inner);
        case TypeForm::enumeration:
            return walk_value(text_of(declared->underlying), nullptr);
        case TypeForm::interface:
            read_reference();
            return is_at_stop();
        case TypeForm::native:
            break;
    }
    archive_.end_struct(archive_.begin_struct());  // what nearly all types with `serialize` are
    return is_at_stop();
}

bool MemberWalk::walk_fields(const TypeDescriptor& type, const Scope& scope)
{
    const std::byte* const outer = archive_.begin_struct();
    for (const FieldDescriptor& field : type.fields) {
        if (archive_.remaining() == 0) {
            break;
        }
        if (within('.' + std::string(field.name), [&] { return walk(text_of(field.type), &scope); })) {
            return true;
        }
    }
    archive_.end_struct(outer);
    return is_at_stop();
}

bool MemberWalk::walk_variant(const TypeDescriptor& type, const Scope& scope)
{
    const auto index = archive_.read<std::uint32_t>();
    const std::byte* const outer = archive_.begin_struct();
    if (index < type.fields.size() && !type.fields[index].is_reserved && archive_.remaining() != 0) {
        const FieldDescriptor& field = type.fields[index];
        if (within('.' + std::string(field.name), [&] { return walk(text_of(field.type), &scope); })) {
            return true;
        }
    }
    archive_.end_struct(outer);
    return is_at_stop();
}

/// As every connection writes them; without counting what was counted when it was read first.
void MemberWalk::read_reference()
{
    const auto owner = archive_.read<std::uint8_t>();
    if (owner > 2) {
        archive_.fail("a reference of no known kind");
    }
    for (int texts = owner == 1 ? 2 : static_cast<int>(owner / 2); texts > 0; --texts) {
        archive_.read<std::string>();
    }
}

RemotingError named(const RemotingError& error, const std::vector<Member>& members,
                    std::span<const TypeDescriptor> types, std::span<const std::byte> payload,
                    const DecodeLimits& limits, std::size_t position)
{
    // Most mistakes show in the bytes alone; what else a value must not be is where its reader stopped.
    std::string path = MemberWalk(types, payload, limits, no_stop).find(members);
    if (path.empty()) {
        path = MemberWalk(types, payload, limits, position).find(members);
    }
    return path.empty() ? error
                        : RemotingError(error.code(), error.executed(), path + ": " + error.cause(),
                                        {error.method(), error.object(), error.address()});
}

}  // namespace

RemotingError with_member(const RemotingError& error, const MethodDescriptor& method, ValuesOf values,
                          std::span<const std::byte> payload, const DecodeLimits& limits, std::size_t position)
{
    std::vector<Member> members;
    const auto add = [&](Direction one, Direction other) {
        for (const ParameterDescriptor& parameter : method.parameters) {
            if (parameter.direction == one || parameter.direction == other) {
                members.push_back({parameter.name.empty() ? "result" : "argument " + std::string(parameter.name),
                                   parameter.type});
            }
        }
    };
    if (values == ValuesOf::call) {
        add(Direction::in, Direction::in_out);
    } else {
        add(Direction::result, Direction::result);
        add(Direction::out, Direction::in_out);
    }
    return named(error, members, method.types, payload, limits, position);
}

RemotingError with_member(const RemotingError& error, const ExceptionDescriptor& exception,
                          std::span<const TypeDescriptor> types, std::span<const std::byte> fields,
                          const DecodeLimits& limits, std::size_t position)
{
    std::vector<Member> members;
    for (const FieldDescriptor& field : exception.fields) {
        members.push_back({"exception " + std::string(exception.name) + '.' + std::string(field.name), field.type});
    }
    return named(error, members, types, fields, limits, position);
}

}  // namespace remoting
