// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "files.remoting.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace files {

struct MirrorReport {
    std::uint64_t folders = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t links = 0;
    std::vector<std::string> skipped;  ///< what was left out for a good reason, and why
    std::vector<std::string> failed;   ///< what should have been copied and was not, or differs
};

/// Copies a folder of the service into an empty local one. Each file is read back from disk and its checksum compared
/// with the one the server computes of its own. The server is not trusted: nothing is written outside `destination`.
class Mirror final {
public:
    using Progress = std::function<void(const MirrorReport&)>;

    Mirror(std::shared_ptr<FileService> service, std::filesystem::path destination, Progress progress);

    /// @throws remoting::RemotingError when the server is lost, FileError when `folder` itself cannot be listed,
    ///         std::runtime_error when the disk cannot be written or the server lists what makes no sense
    MirrorReport copy(const std::string& folder);

private:
    void copy_folder(const std::string& relative);
    void copy_entry(const std::string& path, const Entry& entry, std::vector<std::string>& inner);
    void copy_file(const std::string& path, std::uint64_t size);
    void make_links();
    std::string source_of(const std::string& relative) const;

    const std::shared_ptr<FileService> service_;
    const std::filesystem::path destination_;
    const Progress progress_;
    std::string source_;
    std::vector<std::string> folders_;
    std::vector<std::pair<std::string, std::string>> links_;
    MirrorReport report_;
};

}  // namespace files
