// SPDX-License-Identifier: BSL-1.0
#include "shared_memory/file_access.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <vector>

namespace remoting {

namespace {

// The value of the attribute system.posix_acl_access, as in the kernel's posix_acl_xattr.h; little-endian.
constexpr std::uint32_t acl_version = 2;
constexpr std::uint32_t no_id = 0xFFFFFFFF;
enum Tag : std::uint16_t { user_object = 1, user = 2, group_object = 4, group = 8, mask = 0x10, other = 0x20 };
constexpr std::uint16_t can_read = 4;
constexpr std::uint16_t can_write = 2;

class AclWriter final {
public:
    AclWriter() { put(acl_version, 4); }
    void add(Tag tag, std::uint16_t permissions, std::uint32_t id = no_id)
    {
        put(tag, 2);
        put(permissions, 2);
        put(id, 4);
    }
    int apply(int file) const noexcept
    {
        return ::fsetxattr(file, "system.posix_acl_access", bytes_.data(), bytes_.size(), 0) == 0 ? 0 : errno;
    }

private:
    void put(std::uint32_t value, unsigned size)
    {
        for (unsigned i = 0; i < size; ++i) {
            bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        }
    }
    std::vector<std::uint8_t> bytes_;
};

}  // namespace

int set_access(int file, const AccessList& access, View others) noexcept
{
    const bool may_write = others == View::read_write;
    const mode_t for_all = may_write ? 0666 : 0644;
    if (::fchmod(file, access.everyone ? for_all : 0600) != 0) {
        return errno;
    }
    if (access.everyone || access.is_owner_only()) {
        return 0;
    }
    try {
        const std::uint16_t permissions = may_write ? can_read | can_write : can_read;
        AclWriter acl;
        acl.add(user_object, can_read | can_write);
        for (const std::uint32_t id : access.users) {
            acl.add(user, permissions, id);
        }
        acl.add(group_object, 0);
        for (const std::uint32_t id : access.groups) {
            acl.add(group, permissions, id);
        }
        acl.add(mask, permissions);
        acl.add(other, 0);
        return acl.apply(file);
    } catch (const std::exception&) {
        return ENOMEM;
    }
}

}  // namespace remoting
