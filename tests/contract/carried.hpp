// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "contract.remoting.hpp"

#include <remoting/proxies/objects.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace contract {

/// As ==, but floating-point numbers are the same when their bits are: NaN is NaN, and -0 is not 0.
template <class T>
bool is_same(const T& a, const T& b)
{
    return a == b;
}
inline bool is_same(double a, double b)
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
inline bool is_same(float a, float b)
{
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}
inline bool is_same(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b)
{
    const auto rows = [](const auto& x, const auto& y) {
        return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](double v, double w) { return is_same(v, w); });
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), rows);
}

using NodeReference = std::shared_ptr<Node>;
/// References are the same when their objects are.
inline bool is_same(const NodeReference& a, const NodeReference& b)
{
    return remoting::same_object(a, b);
}
inline bool is_same(const std::vector<NodeReference>& a, const std::vector<NodeReference>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return is_same(x, y); });
}
inline bool is_same(const std::map<std::string, NodeReference>& a, const std::map<std::string, NodeReference>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first && is_same(x.second, y.second); });
}
inline bool is_same(const Family& a, const Family& b)
{
    return is_same(a.head, b.head) && is_same(a.members, b.members) && is_same(a.by_name, b.by_name);
}

/// How generated classes take a T.
template <class T>
using In = std::conditional_t<std::is_scalar_v<T> || std::is_same_v<T, remoting::Timestamp>, T, const T&>;

/// The members of Values that are about one type.
template <class T>
struct Members {
    T (Values::*echo)(In<T>, T&, T&);
    T (Values::*get)();
    void (Values::*set)(In<T>);
};

/// Sends each value as in, out, inout, result and property.
template <class T>
void expect_carried(Values& values, Members<T> members, const std::vector<T>& samples)
{
    for (std::size_t i = 0; i < samples.size(); ++i) {
        SCOPED_TRACE("sample " + std::to_string(i));
        const T sent = samples[i];
        const T before = samples[(i + 1) % samples.size()];
        T both = before;
        T copy{};
        const T result = (values.*members.echo)(sent, both, copy);
        EXPECT_TRUE(is_same(result, sent)) << "result";
        EXPECT_TRUE(is_same(both, sent)) << "inout, on its way back";
        EXPECT_TRUE(is_same(copy, before)) << "inout on its way there, or out";
        (values.*members.set)(sent);
        EXPECT_TRUE(is_same((values.*members.get)(), sent)) << "property";
    }
}

}  // namespace contract
