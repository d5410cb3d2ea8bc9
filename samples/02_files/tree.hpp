// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "descriptor.hpp"
#include "files.remoting.hpp"

#include <string>

namespace files {

/// The files below one folder, the root, for callers who are not trusted. The kernel resolves each path from the
/// root's descriptor and refuses what leads out of it, be it by `..`, by an absolute path or by a link; no check made
/// beforehand can be outrun by somebody who moves folders about. Thread-safe.
class Tree final {
public:
    /// @throws std::system_error when there is no such folder, or the kernel is too old (Linux 5.6 has what it takes)
    explicit Tree(const std::string& root);

    /// These throw FileError and its descendants. Links are followed, except by describe() when the last part of the
    /// path is one.
    Descriptor open_file(const std::string& path) const;
    Descriptor open_folder(const std::string& path) const;
    Entry describe(const std::string& path) const;

private:
    Descriptor open_kind(const std::string& path, Kind wanted, int flags) const;
    Descriptor open_beneath(const std::string& path, int flags) const;

    Descriptor root_;
};

/// Of an entry in an open folder, as lstat(2) sees it.
/// @throws std::system_error
Entry describe_in(const Descriptor& folder, const std::string& name);

/// Throws the FileError that says the same as an `errno`.
[[noreturn]] void throw_file_error(const std::string& path, int error);

}  // namespace files
