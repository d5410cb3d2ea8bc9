// SPDX-License-Identifier: BSL-1.0
#include "search.hpp"

#include "folder.hpp"

#include <remoting/serialization/utf8.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

namespace files {
namespace {

constexpr std::size_t largest_text = std::size_t{16} * 1024 * 1024;
constexpr std::size_t longest_line = 200;

/// Nothing for binary and for very large files.
std::string read_text(const Descriptor& file)
{
    std::string content;
    std::size_t count = 0;
    do {
        constexpr std::size_t piece = std::size_t{64} * 1024;
        const std::size_t size = content.size();
        content.resize(size + piece);
        count = read_at(file, size, std::as_writable_bytes(std::span(content).subspan(size)));
        content.resize(size + count);
        if (content.size() > largest_text || content.find('\0', size) != std::string::npos) {
            return {};
        }
    } while (count != 0);
    return content;
}

/// What may travel as a `string`: valid UTF-8, and not too long.
std::string presentable(std::string_view line)
{
    line = line.substr(0, line.find_last_not_of("\r") + 1);
    if (line.size() > longest_line) {
        std::size_t end = longest_line;
        while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        line = line.substr(0, end);
    }
    std::string text(line);
    if (!remoting::is_utf8(text)) {
        for (char& c : text) {
            if (static_cast<unsigned char>(c) >= 0x80U) {
                c = '?';
            }
        }
    }
    return text;
}

class Search final {
public:
    Search(const Tree& tree, const std::string& text, std::size_t limit) : tree_(tree), text_(text), limit_(limit) {}

    std::vector<Match> below(const std::string& folder)
    {
        tree_.open_folder(folder);
        folders_ = {folder};
        while (!folders_.empty() && matches_.size() < limit_) {
            const std::string next = std::move(folders_.back());
            folders_.pop_back();
            search_folder(next);
        }
        return std::move(matches_);
    }

private:
    void search_folder(const std::string& path)
    {
        try {
            const Descriptor folder = tree_.open_folder(path);
            std::vector<std::string> inner;
            for (const std::string& name : names_in(folder)) {
                if (remoting::is_utf8(name)) {
                    search_entry(joined(path, name), describe_in(folder, name).kind, inner);
                }
            }
            folders_.insert(folders_.end(), inner.rbegin(), inner.rend());
        } catch (const FileError&) {
        } catch (const std::system_error&) {
        }
    }

    void search_entry(const std::string& path, Kind kind, std::vector<std::string>& inner)
    {
        if (kind == Kind::Folder) {
            inner.push_back(path);
        } else if (kind == Kind::File && matches_.size() < limit_) {
            try {
                search_text(read_text(tree_.open_file(path)), path);
            } catch (const FileError&) {
            } catch (const std::system_error&) {
            }
        }
    }

    void search_text(std::string_view content, const std::string& path)
    {
        for (std::uint64_t number = 1; !content.empty() && matches_.size() < limit_; ++number) {
            const std::string_view line = content.substr(0, content.find('\n'));
            if (line.find(text_) != std::string_view::npos) {
                matches_.push_back(Match{path, number, presentable(line)});
            }
            content.remove_prefix(std::min(line.size() + 1, content.size()));
        }
    }

    const Tree& tree_;
    const std::string& text_;
    const std::size_t limit_;
    std::vector<std::string> folders_;
    std::vector<Match> matches_;
};

}  // namespace

std::vector<Match> search(const Tree& tree, const std::string& folder, const std::string& text, std::size_t limit)
{
    return Search(tree, text, limit).below(folder);
}

}  // namespace files
