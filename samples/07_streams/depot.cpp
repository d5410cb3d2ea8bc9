// SPDX-License-Identifier: BSL-1.0
#include "depot.hpp"

#include <remoting/serialization/utf8.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <fstream>
#include <ios>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <utility>

namespace live {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_line = std::size_t{64} * 1024;

/// Names come from strangers: one component, and nothing hidden.
bool is_plain_name(const std::string& name)
{
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

/// A path that stays beneath the folder it is put into. There are no links in that folder, as it is new.
bool is_safe_path(const fs::path& path)
{
    return path.is_relative() && path == path.lexically_normal() && path.has_filename() && *path.begin() != ".." &&
           path != ".";
}

/// Lines of a file that grows. A file that became shorter was begun anew.
class Lines final {
public:
    explicit Lines(fs::path path) : path_(std::move(path)), file_(path_, std::ios::binary) {}

    bool is_open() const { return file_.is_open(); }
    /// False when there is none yet.
    bool next(std::string& line)
    {
        if (fs::file_size(path_) < read_) {
            file_ = std::ifstream(path_, std::ios::binary);
            read_ = 0;
            rest_.clear();
        }
        file_.clear();
        for (char c = 0; file_.get(c);) {
            ++read_;
            if (c == '\n' || rest_.size() == longest_line) {
                line = readable(std::exchange(rest_, c == '\n' ? std::string() : std::string(1, c)));
                return true;
            }
            rest_ += c;
        }
        return false;
    }

private:
    /// A string of the IDL is UTF-8; a log file need not be.
    static std::string readable(std::string line)
    {
        if (!remoting::is_utf8(line)) {
            std::ranges::replace_if(
                line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
        }
        return line;
    }

    const fs::path path_;
    std::ifstream file_;
    std::uintmax_t read_ = 0;
    std::string rest_;
};

void follow(Lines& lines, std::size_t last, remoting::StreamWriter<std::string>& out)
{
    std::string line;
    std::deque<std::string> ring;
    while (lines.next(line)) {
        ring.push_back(line);
        if (ring.size() > last) {
            ring.pop_front();
        }
    }
    for (std::string& old : ring) {
        out.write(std::move(old));
    }
    std::mutex mutex;
    std::condition_variable_any nothing;
    const std::stop_token nobody_reads = out.stop_token();
    while (!nobody_reads.stop_requested()) {
        while (lines.next(line)) {
            out.write(line);
        }
        std::unique_lock lock(mutex);
        nothing.wait_for(lock, nobody_reads, std::chrono::milliseconds(100), [] { return false; });
    }
}

/// A folder under a preliminary name, which it loses when it is complete, or with which it goes.
class Incoming final {
public:
    Incoming(const fs::path& root, const std::string& name) : final_(root / name), path_(root / ("." + name + ".part"))
    {
        if (fs::exists(final_) || !fs::create_directory(path_)) {
            throw Refused("'" + name + "' is there already");
        }
    }
    ~Incoming()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;

    void add(const Piece& piece)
    {
        if (piece.path) {
            const fs::path relative(*piece.path);
            if (!is_safe_path(relative) || fs::exists(path_ / relative)) {
                throw Refused("'" + *piece.path + "' cannot be stored");
            }
            fs::create_directories((path_ / relative).parent_path());
            file_ = std::ofstream(path_ / relative, std::ios::binary);
            ++stored_.files;
        }
        file_.write(reinterpret_cast<const char*>(piece.data.data()), static_cast<std::streamsize>(piece.data.size()));
        if (!file_) {
            throw Refused("a file could not be written");
        }
        stored_.size += static_cast<std::int64_t>(piece.data.size());
    }
    Stored complete()
    {
        file_.close();
        fs::rename(path_, final_);
        return stored_;
    }

private:
    const fs::path final_;
    const fs::path path_;
    std::ofstream file_;
    Stored stored_;
};

}  // namespace

DepotServant::DepotServant(fs::path root) : root_(std::move(root)) {}

remoting::Stream<std::string> DepotServant::Tail(const std::string& name, std::int32_t lines)
{
    auto file = std::make_shared<Lines>(root_ / name);
    if (!is_plain_name(name) || !file->is_open() || !fs::is_regular_file(root_ / name)) {
        throw NotFound(name);
    }
    // The function runs on a thread of its own, once the client asks for the first line, and until it lets go.
    return remoting::Stream<std::string>([file, lines](remoting::StreamWriter<std::string>& out) {
        follow(*file, static_cast<std::size_t>(std::clamp(lines, 0, 10'000)), out);
    });
}

Stored DepotServant::Upload(const std::string& name, remoting::Stream<Piece> pieces)
{
    if (!is_plain_name(name)) {
        throw Refused("'" + name + "' is no name for a folder");
    }
    Incoming incoming(root_, name);
    for (const Piece& piece : pieces) {
        incoming.add(piece);
    }
    return incoming.complete();
}

}  // namespace live
