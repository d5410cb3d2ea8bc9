// SPDX-License-Identifier: BSL-1.0
#include "mirror.hpp"

#include "descriptor.hpp"
#include "folder.hpp"
#include "sha256.hpp"

#include <fcntl.h>

#include <cerrno>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace files {
namespace {

/// Whether a name stays in the folder it is put into.
bool is_plain(const std::string& name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

/// By its text alone: for a link that is made but never followed.
bool leaves_tree(const std::string& link, const std::string& target)
{
    const std::filesystem::path end = (std::filesystem::path(link).parent_path() / target).lexically_normal();
    return end.is_absolute() || end.empty() || *end.begin() == "..";
}

Descriptor open_or_throw(const std::filesystem::path& path, int flags)
{
    Descriptor file(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (file.get() < 0) {
        throw std::system_error(errno, std::system_category(), path.string());
    }
    return file;
}

void write_all(const Descriptor& file, std::span<const std::byte> content)
{
    while (!content.empty()) {
        const ssize_t count = write(file.get(), content.data(), content.size());
        if (count >= 0) {
            content = content.subspan(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            throw std::system_error(errno, std::system_category(), "cannot write");
        }
    }
}

}  // namespace

Mirror::Mirror(std::shared_ptr<FileService> service, std::filesystem::path destination, Progress progress)
    : service_(std::move(service)),
      destination_(std::move(destination)),
      progress_(std::move(progress))
{
}

MirrorReport Mirror::copy(const std::string& folder)
{
    source_ = folder;
    report_ = {};
    folders_.clear();
    links_.clear();
    copy_folder("");
    while (!folders_.empty()) {
        const std::string next = std::move(folders_.back());
        folders_.pop_back();
        try {
            copy_folder(next);
        } catch (const FileError& error) {
            report_.skipped.push_back(next + "/: " + error.reason);
        }
    }
    make_links();
    return std::exchange(report_, {});
}

void Mirror::copy_folder(const std::string& relative)
{
    std::vector<std::string> inner;
    std::string last;
    for (bool more = true; more;) {
        const Page page = service_->List(source_of(relative), last);
        if (last.empty() && page.unnamable != 0) {
            report_.skipped.push_back(relative + "/: " + std::to_string(page.unnamable) + " names are not UTF-8");
        }
        for (const Entry& entry : page.entries) {
            if (!is_plain(entry.name) || entry.name <= last) {
                throw std::runtime_error("the server lists nonsense in " + relative + "/");
            }
            last = entry.name;
            copy_entry(joined(relative, entry.name), entry, inner);
        }
        more = page.more && !page.entries.empty();
    }
    folders_.insert(folders_.end(), inner.rbegin(), inner.rend());
}

void Mirror::copy_entry(const std::string& path, const Entry& entry, std::vector<std::string>& inner)
{
    switch (entry.kind) {
        case Kind::Folder:
            std::filesystem::create_directory(destination_ / path);
            inner.push_back(path);
            ++report_.folders;
            break;
        case Kind::File:
            try {
                copy_file(path, entry.size);
            } catch (const NotFound&) {
                report_.skipped.push_back(path + ": is gone");
            } catch (const NotPermitted& error) {
                report_.skipped.push_back(path + ": " + error.reason);
            } catch (const FileError& error) {
                report_.failed.push_back(path + ": " + error.reason);
            }
            break;
        case Kind::Link:
            if (entry.target && !leaves_tree(path, *entry.target)) {
                links_.emplace_back(path, *entry.target);
            } else {
                report_.skipped.push_back(path + ": link that leaves the tree, to " + entry.target.value_or("?"));
            }
            break;
        default:
            report_.skipped.push_back(path + ": neither file nor folder nor link");
    }
    progress_(report_);
}

void Mirror::copy_file(const std::string& path, std::uint64_t size)
{
    const std::shared_ptr<File> source = service_->Open(source_of(path));
    const Descriptor copy = open_or_throw(destination_ / path, O_RDWR | O_CREAT | O_EXCL);
    std::uint64_t done = 0;
    while (done < size) {
        const remoting::Bytes piece = source->Read(done, MaxRead);
        if (piece.empty() || piece.size() > size - done) {
            break;
        }
        write_all(copy, piece);
        done += piece.size();
    }
    if (sha256_of(copy) != source->Checksum()) {
        report_.failed.push_back(path + ": the checksums differ; it may have changed meanwhile");
        return;
    }
    ++report_.files;
    report_.bytes += done;
}

void Mirror::make_links()
{
    // After all files, so that nothing is written through a link of the server's making.
    for (const auto& [path, target] : std::exchange(links_, {})) {
        std::filesystem::create_symlink(target, destination_ / path);
        ++report_.links;
    }
}

std::string Mirror::source_of(const std::string& relative) const
{
    return relative.empty() ? source_ : joined(source_, relative);
}

}  // namespace files
