// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "streams.remoting.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace live {

/// The regular files of a folder, and how much is in them. Links are not followed.
struct Folder {
    std::filesystem::path root;
    std::vector<std::filesystem::path> files;  ///< relative to the root, sorted
    std::uintmax_t size = 0;

    explicit Folder(std::filesystem::path path);
};

/// A folder's files in pieces, read as fast as the other side takes them. `progress` is told how much was handed over.
remoting::Stream<Piece> pieces_of(Folder folder, std::function<void(std::uintmax_t)> progress);

/// "[######----]  61 %  12.3 of 20.1 MB", written over and over on a terminal, not at all elsewhere.
class ProgressBar final {
public:
    explicit ProgressBar(std::uintmax_t total);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(std::uintmax_t done);

private:
    const std::uintmax_t total_;
    const bool is_terminal_;
    int shown_ = -1;  ///< per mille
};

}  // namespace live
