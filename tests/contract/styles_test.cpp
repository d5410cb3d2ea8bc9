// SPDX-License-Identifier: BSL-1.0
// Each kind of argument with each style of call.
#include "carried.hpp"
#include "contract.remoting.async.hpp"
#include "values_servant.hpp"

#include "way.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <cmath>
#include <exception>
#include <future>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace contract {
namespace {

namespace asio = boost::asio;
using remoting::Bytes;

enum class Style { callback, future, coroutine };

std::ostream& operator<<(std::ostream& stream, Style style)
{
    constexpr const char* names[] = {"callback", "future", "coroutine"};
    return stream << names[static_cast<int>(style)];
}

/// Begins a call in the style and waits for its result.
template <class Begin>
auto result_of(Style style, Begin begin)
{
    using Result = decltype(begin(asio::use_future).get());
    switch (style) {
        case Style::callback: {
            std::promise<Result> promise;
            auto future = promise.get_future();
            begin([&](const std::exception_ptr& exception, auto... result) {
                if (exception != nullptr) {
                    promise.set_exception(exception);
                } else {
                    promise.set_value(std::move(result)...);
                }
            });
            return future.get();
        }
        case Style::future:
            return begin(asio::use_future).get();
        case Style::coroutine:
            break;
    }
    asio::io_context context;
    auto future = asio::co_spawn(
        context, [&]() -> asio::awaitable<Result> { co_return co_await begin(asio::use_awaitable); }, asio::use_future);
    context.run();
    return future.get();
}

class StylesOfCalls : public remoting::test::WayTest {
protected:
    /// As expect_carried, by calls that no thread makes.
    template <class T, class Echo, class Get, class Set>
    void carries(const std::vector<T>& samples, Echo echo, Get get, Set set)
    {
        for (std::size_t i = 0; i < 3 * samples.size(); ++i) {
            const auto style = static_cast<Style>(i / samples.size());
            SCOPED_TRACE(testing::PrintToString(style) + ", sample " + std::to_string(i % samples.size()));
            const T& sent = samples[i % samples.size()];
            const T& before = samples[(i + 1) % samples.size()];
            const auto result = result_of(style, [&](auto token) { return echo(sent, before, std::move(token)); });
            EXPECT_TRUE(is_same(result.result, sent)) << "result";
            EXPECT_TRUE(is_same(result.both, sent)) << "inout, on its way back";
            EXPECT_TRUE(is_same(result.copy, before)) << "inout on its way there, or out";
            result_of(style, [&](auto token) { return set(sent, std::move(token)); });
            EXPECT_TRUE(is_same(result_of(style, [&](auto token) { return get(std::move(token)); }), sent)) << "property";
        }
    }

    const std::shared_ptr<ValuesServant> servant_ = std::make_shared<ValuesServant>();
    const std::shared_ptr<Values> values_ = serve<Values>(servant_);
};

#define CARRIES(Type, Name, ...)                                                                                       \
    carries<Type>(                                                                                                     \
        __VA_ARGS__,                                                                                                   \
        [&](const auto& sent, const auto& both, auto token) {                                                          \
            return values_->async_Echo##Name(sent, both, std::move(token));                                            \
        },                                                                                                             \
        [&](auto token) { return values_->async_get_##Name(std::move(token)); },                                       \
        [&](const auto& value, auto token) { return values_->async_set_##Name(value, std::move(token)); })

INSTANTIATE_TEST_SUITE_P(Contract, StylesOfCalls, remoting::test::every_way(), remoting::test::name_of);

const Outer outer{.inner = {1, "one"},
                  .inners = {{2, "two"}, {}},
                  .by_name = {{"", {}}, {"three", {3, "three"}}},
                  .maybe = Inner{4, "four"},
                  .level = Level::High};

TEST_P(StylesOfCalls, CarryScalars)
{
    CARRIES(bool, Bool, {true, false});
    CARRIES(std::int64_t, Int64, {0, -1, std::numeric_limits<std::int64_t>::min()});
    CARRIES(double, Double, {0.0, -0.0, std::nan(""), std::numeric_limits<double>::infinity()});
    CARRIES(Level, Level, {Level::High, Level{}});
}

TEST_P(StylesOfCalls, CarryTextAndBytes)
{
    CARRIES(std::string, Text, {"", "\u00e4\u20ac", std::string(100'000, 'x')});
    CARRIES(Bytes, Data, {Bytes(), Bytes(1, std::byte{7}), Bytes(400'000, std::byte{1})});
}

TEST_P(StylesOfCalls, CarryStructsAndOptionalValues)
{
    CARRIES(Outer, Outer, {outer, Outer{}});
    CARRIES(std::optional<std::string>, MaybeText, {std::nullopt, std::string("some")});
}

TEST_P(StylesOfCalls, CarryContainers)
{
    CARRIES(std::vector<std::string>, Texts, {{}, {"a", "", "c"}});
    using Totals = std::map<std::string, std::int64_t>;
    CARRIES(Totals, Totals, {Totals(), Totals{{"a", 1}, {"b", -1}}});
}

class OneWayCalls : public remoting::test::WayTest {};
INSTANTIATE_TEST_SUITE_P(Contract, OneWayCalls, remoting::test::every_way(), remoting::test::name_of);

TEST_P(OneWayCalls, CarryEachKindInOrderWithOtherCalls)
{
    const auto values = serve<Values>(std::make_shared<ValuesServant>());
    for (int i = 0; i < 20; ++i) {
        const std::vector<std::string> texts{"a", std::to_string(i)};
        const std::map<std::string, std::int64_t> totals{{"i", i}};
        const Bytes data(static_cast<std::size_t>(i) * 1000, std::byte{2});
        if (i % 2 == 0) {
            values->Tell(outer, texts, totals, data, std::to_string(i));
        } else {
            values->async_Tell(outer, texts, totals, data, std::nullopt, asio::use_future).get();
        }
        EXPECT_EQ(values->get_Outer(), outer);
        EXPECT_EQ(values->get_Texts(), texts);
        EXPECT_EQ(values->get_Totals(), totals);
        EXPECT_EQ(values->get_Data(), data);
        EXPECT_EQ(values->get_MaybeText(), i % 2 == 0 ? std::optional(std::to_string(i)) : std::nullopt);
    }
}

}  // namespace
}  // namespace contract
