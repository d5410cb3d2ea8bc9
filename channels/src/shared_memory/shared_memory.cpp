// SPDX-License-Identifier: BSL-1.0
#include <remoting/channels/shared_memory.hpp>

#include "shared_memory/mapped_region.hpp"
#include "shared_memory/shared_file.hpp"
#include "socket/url_rules.hpp"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010  // Linux 5.1
#endif

namespace remoting {

namespace {

ObjectUrl url_for_messages(std::string scheme, std::string name)
{
    ObjectUrl url;
    url.scheme = std::move(scheme);
    url.host = std::move(name);
    return url;
}

[[noreturn]] void throw_file_error(const ObjectUrl& url, int error, const std::string& what)
{
    const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
    throw_errno(url,
                error == ENOENT ? ErrorCode::object_not_found
                : is_full       ? ErrorCode::storage_full
                                : ErrorCode::permission_denied,
                error, what);
}

/// Gives a file's first bytes their place on the disk: when that is full, writing into a mapping is a signal, not an
/// error. 0, or errno; then the file is as long as it was.
int reserve(int file, std::size_t present, std::size_t wanted) noexcept
{
    if (wanted <= present) {  // it may have holes
        const bool is_done = ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(wanted)) == 0;
        return is_done || errno == EOPNOTSUPP || errno == ENOSYS ? 0 : errno;
    }
    const int error = ::posix_fallocate(file, 0, static_cast<off_t>(wanted));
    if (error != 0) {
        [[maybe_unused]] const int cut = ::ftruncate(file, static_cast<off_t>(present));
    }
    return error;
}

}  // namespace

/// Either a named file, or a descriptor and a mapping of it.
class SharedMemory::Mapping final {
public:
    Mapping(std::string_view name, const SharedMemoryOptions& options)
        : named_(std::in_place, SharedFile::Kind::memory, name, options)
    {
    }
    Mapping(FileDescriptor file, MappedRegion region, bool is_file)
        : file_(std::move(file)),
          region_(std::move(region)),
          is_file_(is_file)
    {
    }
    SharedFile& named() { return *named_; }
    const MappedRegion& region() const noexcept { return named_ ? named_->region() : region_; }
    int descriptor() const noexcept { return named_ ? named_->descriptor() : file_.get(); }
    bool is_file() const noexcept { return is_file_; }

private:
    std::optional<SharedFile> named_;
    FileDescriptor file_;
    MappedRegion region_;
    bool is_file_ = false;
};

SharedMemory::SharedMemory(std::unique_ptr<Mapping> mapping) noexcept : mapping_(std::move(mapping)) {}
SharedMemory::SharedMemory(SharedMemory&& other) noexcept = default;
SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept = default;
SharedMemory::~SharedMemory() = default;

SharedMemory SharedMemory::create(std::string_view name, std::size_t size, const SharedMemoryOptions& options)
{
    auto mapping = std::make_unique<Mapping>(name, options);
    mapping->named().create(size, [](std::span<std::byte>) {});
    return SharedMemory(std::move(mapping));
}

SharedMemory SharedMemory::open(std::string_view name, View view, const SharedMemoryOptions& options)
{
    auto mapping = std::make_unique<Mapping>(name, options);
    mapping->named().open(view);
    return SharedMemory(std::move(mapping));
}

SharedMemory SharedMemory::create_sealed(std::size_t size, View others)
{
    const ObjectUrl url = url_for_messages("shm", "sealed");
    if (size == 0 || size > static_cast<std::size_t>(std::numeric_limits<off_t>::max())) {
        throw_about(url, ErrorCode::invalid_argument, "shared memory has a size of at least one byte");
    }
    FileDescriptor file(::memfd_create("remoting", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) {
        throw_errno(url, ErrorCode::resource_exhausted, errno, "memfd_create");
    }
    if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size))) {
        throw_file_error(url, error, "cannot reserve the memory");
    }
    MappedRegion region(url, file.get(), size, View::read_write);
    // The mapping that exists keeps writing; mappings made later do not.
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (others == View::read_only ? F_SEAL_FUTURE_WRITE : 0);
    if (::fcntl(file.get(), F_ADD_SEALS, seals) != 0) {
        throw_errno(url, ErrorCode::internal, errno, "cannot seal it");
    }
    return SharedMemory(std::make_unique<Mapping>(std::move(file), std::move(region), false));
}

SharedMemory SharedMemory::adopt(int descriptor, View view)
{
    const ObjectUrl url = url_for_messages("shm", "adopted");
    FileDescriptor file(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
    if (!file) {
        throw_errno(url, ErrorCode::invalid_argument, errno, "cannot duplicate the descriptor");
    }
    const int seals = ::fcntl(file.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
        throw_about(url, ErrorCode::permission_denied,
                    "it is not sealed against shrinking, so that reading it could end this process");
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || status.st_size <= 0) {
        throw_about(url, ErrorCode::invalid_argument, "it is empty");
    }
    MappedRegion region(url, file.get(), static_cast<std::size_t>(status.st_size), view);
    return SharedMemory(std::make_unique<Mapping>(std::move(file), std::move(region), false));
}

SharedMemory SharedMemory::map_file(const std::string& path, View view, std::size_t size)
{
    const ObjectUrl url = url_for_messages("file", path);
    const bool may_grow = view == View::read_write && size != 0;
    const int purpose = (view == View::read_write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;
    FileDescriptor file(may_grow ? ::open(path.c_str(), purpose | O_CREAT | O_EXCL, 0600) : -1);
    const bool is_new(file);
    if (!file) {
        file.reset(::open(path.c_str(), purpose | (may_grow ? O_CREAT : 0), 0600));
    }
    if (!file) {
        throw_file_error(url, errno, "cannot open " + path);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw_about(url, ErrorCode::invalid_argument, path + " is not a file");
    }
    const auto present = static_cast<std::size_t>(status.st_size);
    if (size == 0 ? present == 0 : size > present && !may_grow) {
        throw_about(url, ErrorCode::invalid_argument, path + " has only " + std::to_string(present) + " bytes");
    }
    if (size > static_cast<std::size_t>(std::numeric_limits<off_t>::max())) {
        throw_about(url, ErrorCode::invalid_argument, "no file is that long");
    }
    const std::size_t mapped = size == 0 ? present : size;
    if (const int error = view == View::read_write ? reserve(file.get(), present, mapped) : 0) {
        if (is_new) {
            ::unlink(path.c_str());
        }
        throw_file_error(url, error, "cannot reserve the space of " + path);
    }
    MappedRegion region(url, file.get(), mapped, view);
    return SharedMemory(std::make_unique<Mapping>(std::move(file), std::move(region), true));
}

std::span<const std::byte> SharedMemory::bytes() const noexcept
{
    return mapping_->region().bytes();
}

std::span<std::byte> SharedMemory::writable_bytes()
{
    if (mapping_->region().view() != View::read_write) {
        throw RemotingError(ErrorCode::permission_denied, Executed::no, "this view of shared memory is read-only");
    }
    return mapping_->region().bytes();
}

void SharedMemory::flush()
{
    const auto bytes = mapping_->region().bytes();
    if (mapping_->is_file() && ::msync(bytes.data(), bytes.size(), MS_SYNC) != 0) {
        throw_file_error(url_for_messages("file", "mapping"), errno, "cannot write it back");
    }
}

int SharedMemory::descriptor() const noexcept
{
    return mapping_->descriptor();
}

}  // namespace remoting
