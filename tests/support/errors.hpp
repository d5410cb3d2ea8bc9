// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/errors/exceptions.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace remoting::test {

/// The E that `call` throws; a failure of the test when it throws another exception or none.
template <class E, class F>
std::optional<E> thrown(F&& call)
{
    try {
        std::forward<F>(call)();
        ADD_FAILURE() << "nothing was thrown";
    } catch (const E& error) {
        return error;
    } catch (const std::exception& error) {
        ADD_FAILURE() << "thrown instead: " << error.what();
    } catch (...) {
        ADD_FAILURE() << "something unknown was thrown instead";
    }
    return std::nullopt;
}

/// The RemotingError that `call` throws, with this code and outcome; else a failure of the test and an error `ok`.
template <class F>
RemotingError expect_error(ErrorCode code, Executed executed, F&& call)
{
    const auto error = thrown<RemotingError>(std::forward<F>(call));
    if (!error) {
        return RemotingError(ErrorCode::ok, Executed::maybe, "nothing was thrown");
    }
    EXPECT_EQ(to_string(error->code()), to_string(code)) << error->what();
    EXPECT_EQ(to_string(error->executed()), to_string(executed)) << error->what();
    return *error;
}

inline bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace remoting::test
