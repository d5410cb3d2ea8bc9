// SPDX-License-Identifier: BSL-1.0
#include "file_service.hpp"

#include "folder.hpp"
#include "search.hpp"
#include "sha256.hpp"

#include <remoting/serialization/utf8.hpp>

#include <algorithm>
#include <span>
#include <system_error>

namespace files {
namespace {

class OpenFile final : public File {
public:
    OpenFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

    remoting::Bytes Read(std::uint64_t offset, std::uint32_t size) override
    {
        remoting::Bytes content(std::size_t{std::min(size, MaxRead)});
        try {
            content.resize(read_at(file_, offset, content));
        } catch (const std::system_error& error) {
            throw_file_error(path_, error.code().value());
        }
        return content;
    }

    remoting::Bytes Checksum() override
    {
        try {
            return sha256_of(file_);
        } catch (const std::system_error& error) {
            throw_file_error(path_, error.code().value());
        }
    }

private:
    const std::string path_;
    const Descriptor file_;
};

}  // namespace

Page TreeFileService::List(const std::string& folder, const std::string& after)
{
    const Descriptor opened = tree_.open_folder(folder);
    Page page;
    try {
        for (const std::string& name : names_in(opened)) {
            if (!remoting::is_utf8(name)) {
                ++page.unnamable;
            } else if (name > after && page.entries.size() == MaxEntries) {
                page.more = true;
            } else if (name > after) {
                page.entries.push_back(describe_in(opened, name));
            }
        }
    } catch (const std::system_error& error) {
        throw_file_error(folder, error.code().value());
    }
    return page;
}

std::shared_ptr<File> TreeFileService::Open(const std::string& path)
{
    return std::make_shared<OpenFile>(path, tree_.open_file(path));
}

std::vector<Match> TreeFileService::Search(const std::string& folder, const std::string& text, std::uint32_t limit)
{
    return search(tree_, folder, text, std::min<std::size_t>(limit, MaxEntries));
}

}  // namespace files
