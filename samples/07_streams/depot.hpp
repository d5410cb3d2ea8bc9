// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "streams.remoting.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace live {

/// Serves the log files of a folder, and stores what is uploaded in folders beside them. Thread-safe.
class DepotServant final : public Depot {
public:
    explicit DepotServant(std::filesystem::path root);

    remoting::Stream<std::string> Tail(const std::string& name, std::int32_t lines) override;
    Stored Upload(const std::string& name, remoting::Stream<Piece> pieces) override;

private:
    const std::filesystem::path root_;
};

}  // namespace live
