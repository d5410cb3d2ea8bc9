// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace remoting {

/// JSON that is no value of the type it is given for; nothing was sent. what() is "arguments.order.lines[3].price: expected a
/// number, found a string".
class JsonError final : public std::runtime_error {
public:
    JsonError(std::string path, std::string problem)
        : std::runtime_error(path + ": " + problem), path_(std::move(path)), problem_(std::move(problem))
    {
    }

    const std::string& path() const noexcept { return path_; }
    const std::string& problem() const noexcept { return problem_; }

private:
    std::string path_;
    std::string problem_;
};

}  // namespace remoting
