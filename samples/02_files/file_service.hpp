// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "files.remoting.hpp"
#include "tree.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace files {

/// The servant. Thread-safe, so that it can be registered as concurrent.
class TreeFileService final : public FileService {
public:
    explicit TreeFileService(const std::string& root) : tree_(root) {}

    Entry Describe(const std::string& path) override { return tree_.describe(path); }
    Page List(const std::string& folder, const std::string& after) override;
    std::shared_ptr<File> Open(const std::string& path) override;
    std::vector<Match> Search(const std::string& folder, const std::string& text, std::uint32_t limit) override;

private:
    Tree tree_;
};

}  // namespace files
