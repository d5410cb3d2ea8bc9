// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "streams.remoting.hpp"

#include "values_servant.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace contract {

using NumberWriter = remoting::StreamWriter<std::int32_t>;
using Numbers = remoting::Stream<std::int32_t>;

inline Numbers counting(std::int32_t first, std::int32_t last)
{
    return Numbers([first, last](NumberWriter& out) {
        for (std::int32_t i = first; i <= last; ++i) {
            out.write(i);
        }
    });
}

inline remoting::Stream<remoting::Bytes> filling(std::uint32_t size, std::int32_t times)
{
    return remoting::Stream<remoting::Bytes>([size, times](remoting::StreamWriter<remoting::Bytes>& out) {
        for (std::int32_t i = 0; i < times; ++i) {
            out.write(remoting::Bytes(size, static_cast<std::byte>(i)));
        }
    });
}

class StreamsServant : public Streams {
public:
    /// What Follow gives; set before the first call.
    std::function<Numbers()> follow = [] { return Numbers(); };
    /// What Fill gives instead of equal pieces.
    std::function<remoting::Stream<remoting::Bytes>(std::uint32_t, std::int32_t)> fill = filling;
    /// What Sum does instead of adding.
    std::function<std::int64_t(Numbers)> sum;

    Numbers Count(std::int32_t first, std::int32_t last) override { return counting(first, last); }
    remoting::Stream<remoting::Bytes> Fill(std::uint32_t size, std::int32_t times) override
    {
        return fill(size, times);
    }
    Numbers Follow() override { return follow(); }
    remoting::Stream<std::shared_ptr<Node>> Nodes(std::int32_t count) override
    {
        return remoting::Stream<std::shared_ptr<Node>>([count](auto& out) {
            for (std::int32_t i = 0; i < count; ++i) {
                out.write(std::make_shared<NodeServant>(std::to_string(i)));
            }
        });
    }
    remoting::Stream<std::optional<Outer>> Holes(std::int32_t count) override
    {
        return remoting::Stream<std::optional<Outer>>([count](auto& out) {
            for (std::int32_t i = 0; i < count; ++i) {
                out.write(i % 2 == 0 ? std::optional<Outer>() : Outer{.inner = {i, std::to_string(i)}});
            }
        });
    }
    std::int64_t Sum(Numbers numbers) override
    {
        if (sum) {
            return sum(std::move(numbers));
        }
        std::int64_t total = 0;
        for (const std::int32_t number : numbers) {
            total += number;
        }
        return total;
    }
    std::uint64_t Measure(remoting::Stream<remoting::Bytes> data) override
    {
        std::uint64_t total = 0;
        for (const auto& piece : data) {
            total += piece.size();
        }
        return total;
    }
    Numbers Double(Numbers numbers) override
    {
        return Numbers([numbers = std::move(numbers)](NumberWriter& out) mutable {
            for (const std::int32_t number : numbers) {
                out.write(2 * number);
            }
        });
    }
    std::int32_t Compare(remoting::Stream<std::string> a, remoting::Stream<std::string> b,
                         std::int32_t& differing) override
    {
        std::int32_t same = 0;
        differing = 0;
        auto left = a.next();
        auto right = b.next();
        for (; left && right; left = a.next(), right = b.next()) {
            ++(*left == *right ? same : differing);
        }
        return same;
    }
};

}  // namespace contract
