// SPDX-License-Identifier: BSL-1.0
// The part of the contract that one-way calls allow, over both kinds of slot.
#include "kinds.remoting.async.hpp"
#include "temporary_directory.hpp"
#include "waiting.hpp"

#include <remoting/channels/mailslot_channel.hpp>
#include <remoting/client.hpp>
#include <remoting/serialization/any.hpp>
#include <remoting/server.hpp>

#include <gtest/gtest.h>
#include <boost/asio/use_future.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace remoting::test {

namespace {

namespace asio = boost::asio;

/// Sends what comes to it on as calls of a function, so that a test says what it expects where it sends.
class KindsServant final : public kinds::Kinds {
public:
    void Scalars(bool flag, std::int8_t tiny, std::uint64_t huge, float single, double real,
                 kinds::Level level) override
    {
        keep({flag ? "true" : "false", std::to_string(tiny), std::to_string(huge), std::to_string(single),
              std::isnan(real) ? "nan" : std::to_string(real), std::to_string(static_cast<int>(level))});
    }
    void Texts(const std::string& text, const Bytes& data, char16_t letter,
               const std::optional<std::string>& maybe) override
    {
        keep({text, std::to_string(data.size()), std::to_string(static_cast<int>(letter)), maybe.value_or("none")});
    }
    void Points(Timestamp when, TimeSpan span, Uuid id, Decimal price) override
    {
        keep({std::to_string(when.time_since_epoch().count()), std::to_string(span.count()), id.to_string(),
              price.to_string()});
    }
    void Containers(const std::vector<std::string>& list, const std::array<std::int16_t, 3>& three,
                    const std::set<std::int32_t>& set, const std::map<std::string, std::int64_t>& map) override
    {
        std::vector<std::string> line(list);
        for (const int number : three) {
            line.push_back(std::to_string(number));
        }
        for (const int number : set) {
            line.push_back(std::to_string(number));
        }
        for (const auto& [key, value] : map) {
            line.push_back(key + "=" + std::to_string(value));
        }
        keep(std::move(line));
    }
    void Values(const kinds::Outer& outer, const kinds::Payment& payment, const Any& thing) override
    {
        {
            const std::lock_guard lock(mutex_);
            outers.push_back(outer);
            payments.push_back(payment);
            things.push_back(thing);
        }
        keep({"values"});
    }
    void Nothing() override { keep({}); }

    using Line = std::vector<std::string>;
    std::vector<Line> lines() const
    {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    [[nodiscard]] bool wait_for(int count) { return count_.wait_until_at_least(count); }

    std::vector<kinds::Outer> outers;
    std::vector<kinds::Payment> payments;
    std::vector<Any> things;

private:
    void keep(Line line)
    {
        {
            const std::lock_guard lock(mutex_);
            lines_.push_back(std::move(line));
        }
        count_.add();
    }

    mutable std::mutex mutex_;
    std::vector<Line> lines_;
    Tally count_;
};

class KindsOfSlots : public testing::TestWithParam<const char*> {
protected:
    template <class Options>
    Options with_mailslots()
    {
        Options options;
        options.channels.add("mailslot", mailslots_, mailslots_);
        return options;
    }

    TemporaryDirectory sockets_;
    TemporaryDirectory storage_;
    // Durable slots have no sockets, and refuse a directory for them.
    std::shared_ptr<MailslotChannel> mailslots_ = std::make_shared<MailslotChannel>(
        std::string(GetParam()).ends_with("durable") ? MailslotOptions{.storage = storage_.path()}
                                                     : MailslotOptions{.directory = sockets_.path()});
    Server server_{with_mailslots<ServerOptions>()};
    Client client_{with_mailslots<ClientOptions>()};
};

INSTANTIATE_TEST_SUITE_P(Contract, KindsOfSlots, testing::Values("mailslot://./kinds", "mailslot://./kinds?durable"),
                         [](const auto& slot) { return slot.index == 0 ? "Volatile" : "Durable"; });

TEST_P(KindsOfSlots, CarryEachKindOfArgumentInOrderWithEachStyleOfCall)
{
    const auto servant = std::make_shared<KindsServant>();
    server_.publish<kinds::Kinds>("kinds", servant);
    server_.listen(GetParam());
    const auto slot = client_.get_object<kinds::Kinds>(GetParam());
    const kinds::Outer outer{.inner = {1, "one"},
                             .inners = {{2, "two"}, {}},
                             .by_name = {{"", {}}, {"three", {3, "three"}}},
                             .maybe = kinds::Inner{4, "four"},
                             .level = static_cast<kinds::Level>(9)};
    const kinds::Payment payment(kinds::Inner{5, "five"});
    constexpr auto biggest = std::numeric_limits<std::uint64_t>::max();
    const auto future = asio::use_future;

    slot->Scalars(true, -128, biggest, 0.5F, std::nan(""), kinds::Level::High);
    slot->async_Scalars(false, 127, 0, -0.5F, 1.5, kinds::Level::Low, future).get();
    slot->Texts("", Bytes(), u'\u00e4', std::nullopt);
    slot->async_Texts("\u20ac", Bytes(50'000, std::byte{1}), u'a', "some", future).get();
    slot->Points(Timestamp(), TimeSpan::min(), Uuid(), Decimal());
    slot->async_Containers({}, {}, {}, {}, future).get();
    slot->Containers({"a", ""}, {1, -2, 3}, {5, -5}, {{"k", -1}});
    slot->Values(outer, payment, make_any(std::string("anything")));
    slot->async_Nothing(future).get();

    ASSERT_TRUE(servant->wait_for(9));
    using Line = KindsServant::Line;
    EXPECT_EQ(
        servant->lines(),
        (std::vector<Line>{{"true", "-128", "18446744073709551615", "0.500000", "nan", "200"},
                           {"false", "127", "0", "-0.500000", "1.500000", "0"},
                           {"", "0", "228", "none"},
                           {"\u20ac", "50000", "97", "some"},
                           {"0", std::to_string(TimeSpan::min().count()), Uuid().to_string(), Decimal().to_string()},
                           {"0", "0", "0"},
                           {"a", "", "1", "-2", "3", "-5", "5", "k=-1"},
                           {"values"},
                           {}}));
    EXPECT_EQ(servant->outers.at(0), outer);
    EXPECT_EQ(servant->payments.at(0), payment);
    EXPECT_EQ(servant->things.at(0), make_any(std::string("anything")));
}

}  // namespace

}  // namespace remoting::test
