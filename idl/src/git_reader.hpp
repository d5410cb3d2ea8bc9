// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "loader.hpp"

namespace remoting::idl {

/// Files as a git revision has them: asks the `git` of the PATH, in the folder of each file.
class GitReader final : public FileReader {
public:
    explicit GitReader(std::string revision) : revision_(std::move(revision)) {}

    std::optional<std::string> read(const std::string& path) override;
    std::string identity(const std::string& path) override;

private:
    std::string revision_;
};

}  // namespace remoting::idl
