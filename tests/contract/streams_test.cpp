// SPDX-License-Identifier: BSL-1.0
// Streams, by waiting: what holds for producers and consumers wherever they are.
#include "streams_servant.hpp"

#include "errors.hpp"
#include "live_count.hpp"
#include "threads.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::Bytes;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::make_stream;
using remoting::RemoteException;
using remoting::RemotingError;
using remoting::Stream;
using remoting::test::Counted;
using remoting::test::every_channel;
using remoting::test::every_way;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::LiveCount;
using remoting::test::name_of;
using remoting::test::run_aside;
using remoting::test::run_at_once;
using remoting::test::Tally;
using remoting::test::thrown;
using remoting::test::Way;

template <class T>
std::vector<T> all_of(Stream<T> stream)
{
    std::vector<T> values;
    for (T& value : stream) {
        values.push_back(std::move(value));
    }
    return values;
}

std::vector<std::int32_t> from_to(std::int32_t first, std::int32_t last)
{
    std::vector<std::int32_t> numbers;
    for (std::int32_t i = first; i <= last; ++i) {
        numbers.push_back(i);
    }
    return numbers;
}

Stream<std::string> texts(std::vector<std::string> values)
{
    return Stream<std::string>([values = std::move(values)](auto& out) {
        for (const std::string& value : values) {
            out.write(value);
        }
    });
}

class StreamsEverywhere : public remoting::test::WayTest {
protected:
    std::shared_ptr<StreamsServant> servant = std::make_shared<StreamsServant>();
    /// The servant or a proxy of it.
    std::shared_ptr<Streams> object()
    {
        if (object_ == nullptr) {
            object_ = GetParam() == Way::local
                          ? servant
                          : rig().serve<Streams>(servant, {.concurrency = remoting::Concurrency::concurrent});
        }
        return object_;
    }
    void TearDown() override
    {
        object_.reset();
        WayTest::TearDown();
    }

private:
    std::shared_ptr<Streams> object_;
};

INSTANTIATE_TEST_SUITE_P(Contract, StreamsEverywhere, every_way(), name_of);

TEST_P(StreamsEverywhere, ValuesComeInTheOrderWritten)
{
    EXPECT_EQ(all_of(object()->Count(1, 100'000)), from_to(1, 100'000));
}

TEST_P(StreamsEverywhere, AnEmptyOneEndsAtOnce)
{
    auto stream = object()->Count(1, 0);
    EXPECT_FALSE(stream.next());
    EXPECT_FALSE(stream.next()) << "the end stays";
}

TEST_P(StreamsEverywhere, OneValueIsAStreamToo)
{
    EXPECT_EQ(all_of(object()->Count(7, 7)), from_to(7, 7));
}

TEST_P(StreamsEverywhere, ValuesMayBeLargerThanTheWindow)
{
    const auto pieces = all_of(object()->Fill(1'000'000, 5));
    ASSERT_EQ(pieces.size(), 5U);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        EXPECT_EQ(pieces[i], Bytes(1'000'000, static_cast<std::byte>(i)));
    }
}

TEST_P(StreamsEverywhere, OptionalValuesMayBeMissing)
{
    const auto values = all_of(object()->Holes(100));
    ASSERT_EQ(values.size(), 100U);
    for (std::int32_t i = 0; i < 100; ++i) {
        const auto& value = values[static_cast<std::size_t>(i)];
        EXPECT_EQ(value.has_value(), i % 2 == 1);
        EXPECT_TRUE(!value || value->inner.number == i);
    }
}

TEST_P(StreamsEverywhere, ObjectsTravelByReference)
{
    auto nodes = all_of(object()->Nodes(50));
    ASSERT_EQ(nodes.size(), 50U);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        EXPECT_EQ(nodes[i]->get_Label(), std::to_string(i));
    }
}

TEST_P(StreamsEverywhere, ParametersAreStreams)
{
    EXPECT_EQ(object()->Sum(counting(1, 10'000)), 50'005'000);
    EXPECT_EQ(object()->Measure(filling(100'000, 40)), 4'000'000U);
}

TEST_P(StreamsEverywhere, SeveralParametersAreReadSideBySide)
{
    std::int32_t differing = 0;
    EXPECT_EQ(object()->Compare(texts({"a", "b", "c"}), texts({"a", "x", "c", "d"}), differing), 2);
    EXPECT_EQ(differing, 1);
}

TEST_P(StreamsEverywhere, BothDirectionsGoAtOnce)
{
    std::vector<std::int32_t> expected;
    for (std::int32_t i = 1; i <= 20'000; ++i) {
        expected.push_back(2 * i);
    }
    EXPECT_EQ(all_of(object()->Double(counting(1, 20'000))), expected);
}

TEST_P(StreamsEverywhere, AProducerBeginsWhenTheFirstValueIsAskedFor)
{
    Gate begun;
    servant->follow = [&] { return Numbers([&](NumberWriter&) { begun.open(); }); };
    auto stream = object()->Follow();
    EXPECT_FALSE(begun.is_open());
    EXPECT_FALSE(stream.next());
    EXPECT_TRUE(begun.is_open());
}

TEST_P(StreamsEverywhere, ASlowProducersValuesAreNotHeldBack)
{
    auto ends = make_stream<std::int32_t>();
    auto& writer = ends.writer;
    servant->follow = [&] { return std::move(ends.stream); };
    auto received = object()->Follow();
    for (std::int32_t i = 0; i < 200; ++i) {
        writer.write(i);
        ASSERT_EQ(received.next(), i);
    }
    writer.finish();
    EXPECT_FALSE(received.next());
}

TEST_P(StreamsEverywhere, ASlowConsumerHoldsTheProducerUp)
{
    Tally written;
    servant->follow = [&] {
        return Numbers([&](NumberWriter& out) {
            for (std::int32_t i = 0; i < 10'000'000; ++i) {
                out.write(i);
                written.add();
            }
        });
    };
    auto stream = object()->Follow();
    ASSERT_EQ(stream.next(), 0);
    // As far as credit goes: 4 bytes each, and a few that wait. A producer that nothing holds goes on; this one stands
    // still.
    int last = -1;
    EXPECT_TRUE(remoting::test::eventually([&] {
        return std::exchange(last, written.value()) == written.value() &&
               !written.wait_until_at_least(written.value() + 1, 20ms);
    }));
    EXPECT_LT(written.value(), 150'000);
    stream.cancel();
}

TEST_P(StreamsEverywhere, LargeValuesWaitInSmallNumbers)
{
    constexpr std::uint32_t size = 64 * 1024;
    constexpr int count = 2'000;
    Tally written;
    servant->fill = [&](std::uint32_t, std::int32_t) {
        return Stream<Bytes>([&](auto& out) {
            for (int i = 0; i < count; ++i) {
                out.write(Bytes(size, std::byte{1}));
                written.add();
            }
        });
    };
    int read = 0;
    int most = 0;
    for (const Bytes& piece : object()->Fill(size, count)) {
        EXPECT_EQ(piece.size(), size);
        ++read;
        if (read % 100 == 0) {
            static_cast<void>(written.wait_until_at_least(read + 40, 20ms));  // as far ahead as it gets
        }
        most = std::max(most, written.value() - read);
    }
    EXPECT_EQ(read, count);
    EXPECT_LT(most, 32) << "the window has room for 4, and some wait at either end";
}

TEST_P(StreamsEverywhere, DroppingTheConsumerStopsTheProducer)
{
    Gate stopped;
    Gate asked_to_stop;
    servant->follow = [&] {
        return Numbers([&](NumberWriter& out) {
            const std::stop_callback callback(out.stop_token(), [&] { asked_to_stop.open(); });
            expect_error(ErrorCode::cancelled, Executed::yes, [&] {
                for (std::int32_t i = 0;; ++i) {
                    out.write(i);
                }
            });
            stopped.open();
        });
    };
    {
        auto stream = object()->Follow();
        EXPECT_EQ(stream.next(), 0);
    }
    EXPECT_TRUE(stopped.wait());
    EXPECT_TRUE(asked_to_stop.is_open());
}

TEST_P(StreamsEverywhere, CancellingFailsWhoReadsAndStopsTheProducer)
{
    auto ends = make_stream<std::int32_t>();
    auto& writer = ends.writer;
    Gate stopped;
    const std::stop_callback callback(writer.stop_token(), [&] { stopped.open(); });
    servant->follow = [&] { return std::move(ends.stream); };
    auto received = object()->Follow();
    {
        Gate reading;
        const auto reader = run_aside([&] {
            reading.open();
            expect_error(ErrorCode::cancelled, Executed::yes, [&] { received.next(); });
        });
        EXPECT_TRUE(reading.wait());
        received.cancel();
    }
    EXPECT_TRUE(stopped.wait());
    expect_error(ErrorCode::cancelled, Executed::yes, [&] { writer.write(1); });
    expect_error(ErrorCode::cancelled, Executed::yes, [&] { received.next(); });
}

TEST_P(StreamsEverywhere, OneThatWasNeverReadStopsItsProducer)
{
    auto ends = make_stream<std::int32_t>();
    auto& writer = ends.writer;
    Gate stopped;
    const std::stop_callback callback(writer.stop_token(), [&] { stopped.open(); });
    servant->follow = [&] { return std::move(ends.stream); };
    static_cast<void>(object()->Follow());
    EXPECT_TRUE(stopped.wait());
}

TEST_P(StreamsEverywhere, DeclaredErrorsInTheMiddleArriveAsThemselvesBehindTheValues)
{
    servant->follow = [] {
        return Numbers([](NumberWriter& out) {
            out.write(1);
            out.write(2);
            Missing missing;
            missing.reason = "gone";
            missing.code = 7;
            throw missing;
        });
    };
    auto stream = object()->Follow();
    EXPECT_EQ(stream.next(), 1);
    EXPECT_EQ(stream.next(), 2);
    const auto error = thrown<Missing>([&] { stream.next(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reason, "gone");
    EXPECT_EQ(error->code, 7);
    EXPECT_TRUE(thrown<Failure>([&] { stream.next(); })) << "again";
}

TEST_P(StreamsEverywhere, AParametersDeclaredErrorReachesTheServantAndThroughItTheCaller)
{
    const auto error = thrown<Failure>([&] {
        object()->Sum(Numbers([](NumberWriter& out) {
            out.write(1);
            Failure failure;
            failure.reason = "no more";
            throw failure;
        }));
    });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reason, "no more");
}

TEST_P(StreamsEverywhere, AProducerThatLetsGoFailsTheStream)
{
    auto ends = std::make_unique<remoting::StreamEnds<std::int32_t>>(make_stream<std::int32_t>());
    servant->follow = [&] { return std::move(ends->stream); };
    auto received = object()->Follow();
    ends->writer.write(5);
    ends.reset();
    EXPECT_EQ(received.next(), 5);
    if (GetParam() == Way::local) {
        EXPECT_TRUE(thrown<std::logic_error>([&] { received.next(); }));
    } else {
        EXPECT_TRUE(thrown<RemoteException>([&] { received.next(); }));
    }
}

TEST_P(StreamsEverywhere, AProducerThatIsSilentForTooLongIsGivenUp)
{
    auto ends = make_stream<std::int32_t>();
    auto& writer = ends.writer;
    Gate stopped;
    const std::stop_callback callback(writer.stop_token(), [&] { stopped.open(); });
    servant->follow = [&] { return std::move(ends.stream); };
    auto received = object()->Follow().with_idle_timeout(20ms);
    expect_error(ErrorCode::deadline_exceeded, Executed::yes, [&] { received.next(); });
    EXPECT_TRUE(stopped.wait());
}

TEST_P(StreamsEverywhere, ManyGoSideBySide)
{
    const auto target = object();
    run_at_once(64, [&](int number) {
        if (number % 2 == 0) {
            EXPECT_EQ(all_of(target->Count(number, number + 2'000)), from_to(number, number + 2'000));
        } else {
            EXPECT_EQ(target->Measure(filling(10'000, 30)), 300'000U);
        }
    });
}

TEST_P(StreamsEverywhere, AStreamIsPassedOn)
{
    EXPECT_EQ(object()->Sum(object()->Count(1, 5'000)), 12'502'500);
}

TEST_P(StreamsEverywhere, NothingOfAStreamIsLeft)
{
    const auto count = std::make_shared<LiveCount>();
    const auto counted = [&](std::int32_t last) {
        return Numbers([mark = std::make_shared<Counted>(count), last](NumberWriter& out) {
            for (std::int32_t i = 0; i < last; ++i) {
                out.write(i);
            }
            if (last == 13) {
                throw std::runtime_error("13");
            }
        });
    };
    servant->follow = [&] { return counted(1'000'000'000); };
    object()->Follow().next();
    servant->follow = [&] { return counted(10); };
    all_of(object()->Follow());
    static_cast<void>(object()->Follow());
    servant->follow = [&] { return counted(13); };
    EXPECT_ANY_THROW(all_of(object()->Follow()));
    EXPECT_EQ(object()->Sum(counted(10)), 45);
    EXPECT_ANY_THROW(object()->Sum(counted(13)));
    servant->sum = [](Numbers numbers) { return numbers.next().value_or(-1); };
    EXPECT_EQ(object()->Sum(counted(1'000'000'000)), 0);
    EXPECT_TRUE(count->wait_until_alive(0));
}

class Streaming : public StreamsEverywhere {};

INSTANTIATE_TEST_SUITE_P(Contract, Streaming, every_channel(), name_of);

TEST_P(Streaming, UndeclaredErrorsAreToldAsOptionsSay)
{
    auto options = place().server_options();
    options.custom_errors = remoting::CustomErrors::off;
    rig(std::move(options), place().client_options());
    servant->follow = [] { return Numbers([](NumberWriter&) { throw std::runtime_error("disk on fire"); }); };
    auto stream = object()->Follow();
    const auto error = thrown<RemoteException>([&] { stream.next(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type_name(), "std::runtime_error");
    EXPECT_EQ(error->details(), "disk on fire");
}

TEST_P(Streaming, UndeclaredErrorsKeepTheirDetailsByDefault)
{
    servant->follow = [] { return Numbers([](NumberWriter&) { throw Unrelated(); }); };
    auto stream = object()->Follow();
    const auto error = thrown<RemoteException>([&] { stream.next(); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->type_name(), "");
    EXPECT_EQ(error->details(), "");
}

TEST_P(Streaming, AValueThatCannotBeSentFailsBothEnds)
{
    Gate told;
    expect_error(ErrorCode::limit_exceeded, Executed::yes, [&] { all_of(object()->Fill(5'000'000, 1)); });
    const auto error = thrown<RemotingError>([&] {
        object()->Measure(Stream<Bytes>([&](auto& out) {
            try {
                for (;;) {
                    out.write(Bytes(5'000'000, std::byte{1}));
                }
            } catch (const RemotingError& failure) {
                EXPECT_EQ(failure.code(), ErrorCode::limit_exceeded);
                told.open();
                throw;
            }
        }));
    });
    EXPECT_TRUE(error);
    EXPECT_TRUE(told.wait());
}

TEST_P(Streaming, OneThatWasNotMadeIsRefused)
{
    EXPECT_TRUE(thrown<RemoteException>([&] { object()->Follow(); })) << "by the servant";
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { object()->Sum(Numbers()); });
}

TEST_P(Streaming, LosingTheConnectionFailsTheConsumerAndStopsTheProducer)
{
    auto ends = make_stream<std::int32_t>();
    auto& writer = ends.writer;
    Gate stopped;
    const std::stop_callback callback(writer.stop_token(), [&] { stopped.open(); });
    servant->follow = [&] { return std::move(ends.stream); };
    auto received = object()->Follow();
    writer.write(1);
    EXPECT_EQ(received.next(), 1);
    rig().client().close();
    EXPECT_TRUE(stopped.wait());
    expect_error(ErrorCode::connection_lost, Executed::maybe, [&] { received.next(); });
}

TEST_P(Streaming, AServerStopsWhileStreamsAreUnderWay)
{
    Gate given_up;
    servant->sum = [&](Numbers numbers) -> std::int64_t {
        try {
            for (;;) {
                if (!numbers.next()) {
                    return 0;
                }
            }
        } catch (...) {
            given_up.open();
            throw;
        }
    };
    const auto target = object();
    auto stream = target->Count(1, 2'000'000'000);
    EXPECT_EQ(stream.next(), 1);
    Gate uploading;
    const auto uploader = run_aside([&] {
        EXPECT_ANY_THROW(target->Sum(Numbers([&](NumberWriter& out) {
            for (std::int32_t i = 0;; ++i) {
                out.write(i);
                uploading.open();
            }
        })));
    });
    EXPECT_TRUE(uploading.wait());
    rig().server().stop(1s);
    EXPECT_TRUE(given_up.wait());
    EXPECT_ANY_THROW(all_of(std::move(stream)));
}

TEST_P(Streaming, ACallThatTakesAStreamLastsAsLongAsTheStream)
{
    auto options = place().client_options();
    options.deadline = 100ms;
    rig(place().server_options(), std::move(options));
    auto ends = make_stream<std::int32_t>();
    auto& writer = ends.writer;
    const auto producer = run_aside([&writer] {
        const remoting::test::Stopwatch watch;
        std::int32_t sent = 0;
        while (watch.elapsed() < 300ms) {
            writer.write(1);
            ++sent;
        }
        writer.finish();
        EXPECT_GT(sent, 0);
    });
    EXPECT_GT(object()->Sum(std::move(ends.stream)), 0);
}

}  // namespace
}  // namespace contract
