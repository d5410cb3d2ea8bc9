// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace remoting::test {

/// A file system for SQLite whose disk can be full, and which knows what would be left on it after a loss of power:
/// what was written before the last sync of a file, and whatever the disk felt like of the rest.
class FaultyVfs final {
public:
    FaultyVfs();
    ~FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;

    enum class Step { open, write, truncate, remove, lock, sync };

    const char* name() const noexcept { return name_.c_str(); }
    /// How many bytes files may still grow by; what they shrink by comes back.
    /// @param beside a file that is on that disk, too, and written by others
    void set_space(std::int64_t bytes, const std::string& beside = {});
    /// Called before each change of a file, lock and sync, on the thread that asks for it. Set before it is used.
    void set_step(std::function<void(Step)> step);
    std::int64_t syncs() const;
    /// Writes what is left after a loss of power now into an empty folder. Of unsynced writes each is there or not.
    void lose_power(const std::string& folder, std::mt19937& random) const;

    // The file system's side.
    bool wrote(const std::string& file, std::int64_t offset, const void* data, int size, std::int64_t file_size);
    void truncated(const std::string& file, std::int64_t size, std::int64_t given_back);
    bool reserve(std::int64_t bytes);
    void step(Step step) const;
    void synced(const std::string& file);
    void deleted(const std::string& file, std::int64_t given_back);

private:
    struct Change {
        std::int64_t offset = 0;  ///< of bytes, or the new size when it is a truncation
        std::vector<std::uint8_t> bytes = {};
        bool truncates = false;
    };
    struct File {
        std::vector<std::uint8_t> durable;
        std::vector<Change> pending;
    };
    bool take(std::int64_t bytes);
    void give_back(std::int64_t bytes);
    static void apply(std::vector<std::uint8_t>& content, const Change& change);

    struct Registration;
    const std::string name_;
    mutable std::mutex mutex_;
    std::map<std::string, File> files_;
    std::int64_t space_;
    std::string beside_;
    std::int64_t beside_size_ = 0;
    std::int64_t syncs_ = 0;
    std::function<void(Step)> step_;
    std::unique_ptr<Registration> registration_;
};

}  // namespace remoting::test
