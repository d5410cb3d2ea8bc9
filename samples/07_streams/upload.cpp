// SPDX-License-Identifier: BSL-1.0
#include "upload.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iomanip>
#include <ios>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace live {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece_size = std::size_t{64} * 1024;
constexpr std::uintmax_t bar_width = 40;
constexpr double megabyte = 1e6;

}  // namespace

Folder::Folder(fs::path path) : root(std::move(path))
{
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (!entry.is_symlink() && entry.is_regular_file()) {
            files.push_back(entry.path().lexically_relative(root));
            size += entry.file_size();
        }
    }
    std::ranges::sort(files);
}

remoting::Stream<Piece> pieces_of(Folder folder, std::function<void(std::uintmax_t)> progress)
{
    return remoting::Stream<Piece>([folder = std::move(folder), progress = std::move(progress)](auto& out) {
        std::uintmax_t done = 0;
        for (const fs::path& path : folder.files) {
            std::ifstream file(folder.root / path, std::ios::binary);
            if (!file) {
                throw std::runtime_error("cannot read " + path.string());
            }
            Piece piece{.path = path.string(), .data = {}};
            do {
                piece.data = remoting::Bytes(piece_size);
                file.read(reinterpret_cast<char*>(piece.data.data()), static_cast<std::streamsize>(piece_size));
                piece.data.resize(static_cast<std::size_t>(file.gcount()));
                done += piece.data.size();
                out.write(std::exchange(piece, {}));  // waits while the server is slower than this
                progress(done);
            } while (file);
        }
    });
}

ProgressBar::ProgressBar(std::uintmax_t total) : total_(total), is_terminal_(::isatty(STDOUT_FILENO) == 1) {}

ProgressBar::~ProgressBar()
{
    if (is_terminal_) {
        std::cout << "\r\x1b[K" << std::flush;
    }
}

void ProgressBar::show(std::uintmax_t done)
{
    const auto shown = static_cast<int>(1000 * done / std::max(total_, std::uintmax_t{1}));
    if (!is_terminal_ || shown == std::exchange(shown_, shown)) {
        return;
    }
    const std::uintmax_t filled = std::min(bar_width, bar_width * done / std::max(total_, std::uintmax_t{1}));
    std::cout << "\r[" << std::string(filled, '#') << std::string(bar_width - filled, '-') << "] " << std::setw(3)
              << shown / 10 << " %  " << std::fixed << std::setprecision(1) << static_cast<double>(done) / megabyte
              << " of " << static_cast<double>(total_) / megabyte << " MB" << std::flush;
}

}  // namespace live
