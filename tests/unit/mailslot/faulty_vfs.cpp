// SPDX-License-Identifier: BSL-1.0
#include "faulty_vfs.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <utility>

namespace remoting::test {

namespace {

/// SQLite allocates this, with room for the real file behind it.
struct ShimFile {
    sqlite3_file base;
    FaultyVfs* disk;
    std::string* name;   ///< null for files without one
    std::int64_t chunk;  ///< by which it grows when it is told to
    sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

ShimFile& shim(sqlite3_file* file)
{
    return *reinterpret_cast<ShimFile*>(file);
}

sqlite3_file* real(sqlite3_file* file)
{
    return shim(file).real();
}

int close_file(sqlite3_file* file)
{
    delete shim(file).name;
    return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset)
{
    return real(file)->pMethods->xRead(real(file), data, size, offset);
}
std::int64_t size_of(sqlite3_file* file)
{
    sqlite3_int64 present = 0;
    real(file)->pMethods->xFileSize(real(file), &present);
    return present;
}
int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset)
{
    shim(file).disk->step(FaultyVfs::Step::write);
    const std::int64_t present = size_of(file);
    if (shim(file).name != nullptr && !shim(file).disk->wrote(*shim(file).name, offset, data, size, present)) {
        return SQLITE_FULL;
    }
    return real(file)->pMethods->xWrite(real(file), data, size, offset);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    shim(file).disk->step(FaultyVfs::Step::truncate);
    const std::int64_t before = size_of(file);
    const int result = real(file)->pMethods->xTruncate(real(file), size);
    if (shim(file).name != nullptr) {
        shim(file).disk->truncated(*shim(file).name, size, before - size_of(file));
    }
    return result;
}
int sync_file(sqlite3_file* file, int)
{
    shim(file).disk->step(FaultyVfs::Step::sync);
    if (shim(file).name != nullptr) {
        shim(file).disk->synced(*shim(file).name);
    }
    return SQLITE_OK;  // the real disk need not
}
int file_size(sqlite3_file* file, sqlite3_int64* size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int level)
{
    shim(file).disk->step(FaultyVfs::Step::lock);
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* result)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int file_control(sqlite3_file* file, int operation, void* argument)
{
    if (operation == SQLITE_FCNTL_CHUNK_SIZE) {
        shim(file).chunk = *static_cast<int*>(argument);
    }
    if (operation == SQLITE_FCNTL_SIZE_HINT) {
        shim(file).disk->step(FaultyVfs::Step::write);
        const std::int64_t chunk = std::max<std::int64_t>(shim(file).chunk, 1);
        const std::int64_t asked = (*static_cast<sqlite3_int64*>(argument) + chunk - 1) / chunk * chunk;
        if (!shim(file).disk->reserve(std::max<std::int64_t>(asked - size_of(file), 0))) {
            return SQLITE_FULL;
        }
    }
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}
int device_characteristics(sqlite3_file*)
{
    return 0;  // it promises nothing
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** address)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, address);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags)
{
    shim(file).disk->step(FaultyVfs::Step::lock);
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods methods{.iVersion = 2,
                                     .xClose = close_file,
                                     .xRead = read_file,
                                     .xWrite = write_file,
                                     .xTruncate = truncate_file,
                                     .xSync = sync_file,
                                     .xFileSize = file_size,
                                     .xLock = lock_file,
                                     .xUnlock = unlock_file,
                                     .xCheckReservedLock = check_reserved_lock,
                                     .xFileControl = file_control,
                                     .xSectorSize = sector_size,
                                     .xDeviceCharacteristics = device_characteristics,
                                     .xShmMap = shm_map,
                                     .xShmLock = shm_lock,
                                     .xShmBarrier = shm_barrier,
                                     .xShmUnmap = shm_unmap,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

std::int64_t size_of(const std::string& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

std::string last_part(const char* path)
{
    const std::string text = path;
    return text.substr(text.rfind('/') + 1);
}

FaultyVfs& disk_of(sqlite3_vfs* vfs)
{
    return *static_cast<FaultyVfs*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags)
{
    auto* const opened = new (file) ShimFile{{nullptr}, &disk_of(vfs), nullptr, 0};
    disk_of(vfs).step(FaultyVfs::Step::open);
    sqlite3_vfs* const system = ::sqlite3_vfs_find(nullptr);
    const int result = system->xOpen(system, path, opened->real(), flags, out_flags);
    if (result == SQLITE_OK) {
        opened->name = path != nullptr ? new std::string(last_part(path)) : nullptr;
        opened->base.pMethods = &methods;
    }
    return result;
}
int delete_file(sqlite3_vfs* vfs, const char* path, int sync)
{
    disk_of(vfs).step(FaultyVfs::Step::remove);
    disk_of(vfs).deleted(last_part(path), size_of(std::string(path)));
    sqlite3_vfs* const system = ::sqlite3_vfs_find(nullptr);
    return system->xDelete(system, path, sync);
}

}  // namespace

struct FaultyVfs::Registration {
    explicit Registration(FaultyVfs& disk) : vfs(*::sqlite3_vfs_find(nullptr))
    {
        vfs.szOsFile += static_cast<int>(sizeof(ShimFile));
        vfs.pNext = nullptr;
        vfs.zName = disk.name();
        vfs.pAppData = &disk;
        vfs.xOpen = open_file;
        vfs.xDelete = delete_file;
        ::sqlite3_vfs_register(&vfs, 0);
    }
    ~Registration() { ::sqlite3_vfs_unregister(&vfs); }
    sqlite3_vfs vfs;
};

FaultyVfs::FaultyVfs()
    : name_("faulty-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))),
      space_(std::numeric_limits<std::int64_t>::max()),
      registration_(std::make_unique<Registration>(*this))
{
}

FaultyVfs::~FaultyVfs() = default;

void FaultyVfs::set_space(std::int64_t bytes, const std::string& beside)
{
    const std::lock_guard lock(mutex_);
    space_ = bytes;
    beside_ = beside;
    beside_size_ = size_of(beside);
}

void FaultyVfs::set_step(std::function<void(Step)> step)
{
    step_ = std::move(step);
}

void FaultyVfs::step(Step step) const
{
    if (step_) {
        step_(step);
    }
}

bool FaultyVfs::reserve(std::int64_t bytes)
{
    const std::lock_guard lock(mutex_);
    return take(bytes);
}

bool FaultyVfs::take(std::int64_t bytes)
{
    if (bytes > 0 && bytes > space_ + (beside_.empty() ? 0 : beside_size_ - size_of(beside_))) {
        return false;
    }
    space_ -= bytes;
    return true;
}

void FaultyVfs::give_back(std::int64_t bytes)
{
    space_ += std::min(bytes, std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(space_, 0));
}

std::int64_t FaultyVfs::syncs() const
{
    const std::lock_guard lock(mutex_);
    return syncs_;
}

bool FaultyVfs::wrote(const std::string& file, std::int64_t offset, const void* data, int size, std::int64_t present)
{
    const std::lock_guard lock(mutex_);
    if (!take(std::max<std::int64_t>(offset + size - present, 0))) {
        return false;
    }
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    files_[file].pending.push_back({.offset = offset, .bytes = {bytes, bytes + size}, .truncates = false});
    return true;
}

void FaultyVfs::truncated(const std::string& file, std::int64_t size, std::int64_t given_back)
{
    const std::lock_guard lock(mutex_);
    give_back(given_back);
    files_[file].pending.push_back({.offset = size, .bytes = {}, .truncates = true});
}

void FaultyVfs::apply(std::vector<std::uint8_t>& content, const Change& change)
{
    const auto offset = static_cast<std::size_t>(change.offset);
    if (change.truncates) {
        content.resize(offset);
        return;
    }
    content.resize(std::max(content.size(), offset + change.bytes.size()));
    std::ranges::copy(change.bytes, content.begin() + change.offset);
}

void FaultyVfs::synced(const std::string& file)
{
    const std::lock_guard lock(mutex_);
    ++syncs_;
    File& changed = files_[file];
    for (const Change& change : changed.pending) {
        apply(changed.durable, change);
    }
    changed.pending.clear();
}

void FaultyVfs::deleted(const std::string& file, std::int64_t given_back)
{
    const std::lock_guard lock(mutex_);
    give_back(given_back);
    files_.erase(file);
}

void FaultyVfs::lose_power(const std::string& folder, std::mt19937& random) const
{
    const std::lock_guard lock(mutex_);
    std::filesystem::create_directory(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    for (const auto& [name, file] : files_) {
        std::vector<std::uint8_t> content = file.durable;
        for (const Change& change : file.pending) {
            if (random() % 2 == 0) {
                apply(content, change);
            }
        }
        const std::string path = folder + "/" + name;
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
        ::chmod(path.c_str(), 0600);
    }
}

}  // namespace remoting::test
