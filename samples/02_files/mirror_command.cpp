// SPDX-License-Identifier: BSL-1.0
#include "mirror_command.hpp"

#include "mirror.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

namespace files {
namespace {

/// A new folder that goes with this object.
class TemporaryFolder final {
public:
    TemporaryFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "files-mirror-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::system_error(errno, std::system_category(), name);
        }
        path_ = name;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// One line that is written over and over, for people only.
class ProgressLine final {
public:
    void show(const MirrorReport& report)
    {
        const auto now = std::chrono::steady_clock::now();
        if (terminal_ && now - shown_ > std::chrono::milliseconds(100)) {
            shown_ = now;
            std::cout << '\r' << report.files << " files, " << report.bytes / 1'000'000 << " MB" << std::flush;
        }
    }
    ~ProgressLine()
    {
        if (terminal_) {
            std::cout << "\r\x1b[K" << std::flush;
        }
    }

private:
    const bool terminal_ = isatty(STDOUT_FILENO) == 1;
    std::chrono::steady_clock::time_point shown_;
};

void print_some(std::string_view title, const std::vector<std::string>& lines)
{
    constexpr std::size_t most = 10;
    if (!lines.empty()) {
        std::cout << title << ' ' << lines.size() << ":\n";
        for (std::size_t i = 0; i < std::min(most, lines.size()); ++i) {
            std::cout << "  " << lines[i] << '\n';
        }
        if (lines.size() > most) {
            std::cout << "  and " << lines.size() - most << " more\n";
        }
    }
}

MirrorReport copy(const std::shared_ptr<FileService>& service, const std::string& folder,
                  const std::filesystem::path& destination)
{
    ProgressLine progress;
    return Mirror(service, destination, [&](const MirrorReport& report) { progress.show(report); }).copy(folder);
}

}  // namespace

bool mirror(const std::shared_ptr<FileService>& service, const std::string& folder, const std::string& destination)
{
    std::optional<TemporaryFolder> temporary;
    std::filesystem::path target = destination;
    if (destination.empty()) {
        target = temporary.emplace().path();
    } else {
        std::filesystem::create_directories(target);
        if (!std::filesystem::is_empty(target)) {
            throw std::runtime_error(destination + " is not empty");
        }
    }

    const auto start = std::chrono::steady_clock::now();
    const MirrorReport report = copy(service, folder, target);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;

    std::cout << "mirrored " << report.files << " files of " << report.bytes << " bytes, " << report.folders
              << " folders and " << report.links << " links in " << std::fixed << std::setprecision(1) << time.count()
              << " s\n"
              << "SHA-256 of all " << report.files << " copies is what the server says of the originals\n";
    print_some("skipped", report.skipped);
    print_some("FAILED", report.failed);
    return report.failed.empty();
}

}  // namespace files
