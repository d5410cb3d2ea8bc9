// SPDX-License-Identifier: BSL-1.0
// Peers that subscribe otherwise than the rules say: the requests are made here, by hand.
#include "events_servant.hpp"

#include "errors.hpp"

#include <remoting/proxies/proxy.hpp>
#include <remoting/serialization/archive.hpp>

#include <gtest/gtest.h>

namespace contract {
namespace {

using remoting::ErrorCode;
using remoting::Executed;
using remoting::InputArchive;
using remoting::InterfaceDescriptor;
using remoting::MethodDescriptor;
using remoting::OutputArchive;
using remoting::Subscription;
using remoting::Values;
using remoting::test::expect_error;

/// A request to subscribe to Ticked: any object as the sink, any queue and policy.
struct Request {
    std::shared_ptr<Ticker> sink;
    std::uint32_t queue = 10;
    std::uint8_t policy = 0;
    std::shared_ptr<Ticker> ticket{};
};

void encode_request(OutputArchive& archive, Values values)
{
    const auto& request = *static_cast<const Request*>(values[0]);
    archive << request.sink << request.queue << request.policy << false;
}
void decode_request(InputArchive& /*archive*/, Values /*values*/) {}
void encode_ticket(OutputArchive& /*archive*/, Values /*values*/) {}
void decode_ticket(InputArchive& archive, Values values)
{
    archive >> static_cast<Request*>(values[0])->ticket;
}

constexpr MethodDescriptor subscribe_to_ticked[] = {{.name = "Ticked",
                                                     .parameters = {},
                                                     .encode_arguments = encode_request,
                                                     .decode_arguments = decode_request,
                                                     .encode_results = encode_ticket,
                                                     .decode_results = decode_ticket,
                                                     .throws = {},
                                                     .known_exceptions = {},
                                                     .invoke = nullptr}};

class HostileSubscribers : public remoting::test::ChannelTest {
protected:
    void subscribe_by_hand(Request& request)
    {
        static const InterfaceDescriptor interface = {.name = "contract.LoudTicker",
                                                      .bases = {},
                                                      .methods = subscribe_to_ticked,
                                                      .constructor = nullptr,
                                                      .make_proxy = nullptr,
                                                      .cast = nullptr};
        class RawProxy final : public remoting::Proxy {
        public:
            explicit RawProxy(Ticker& object)
                : remoting::Proxy(object.remoting_proxy()->remoting_target(), interface)
            {
            }
            void call(Values values) { remoting_call(0, values); }
        };
        void* const values[] = {&request};
        RawProxy(*ticker).call(values);
    }
    void TearDown() override
    {
        ticker.reset();
        ChannelTest::TearDown();
    }

    std::shared_ptr<TickerServant> servant = std::make_shared<TickerServant>();
    std::shared_ptr<LoudTicker> ticker = rig().serve<LoudTicker>(servant);
};

INSTANTIATE_TEST_SUITE_P(Contract, HostileSubscribers, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(HostileSubscribers, GetNoQueueOfNothingAndNoPolicyThatThereIsNot)
{
    const auto sink = std::make_shared<TickerServant>();
    for (Request request : {Request{sink, 0, 0}, Request{sink, 10, 3}, Request{sink, 10, 255}}) {
        expect_error(ErrorCode::invalid_payload, Executed::no, [&] { subscribe_by_hand(request); });
    }
}

TEST_P(HostileSubscribers, CannotDoWithoutASinkOrTakeAnObjectOfThePublisher)
{
    Request nothing{nullptr};
    expect_error(ErrorCode::invalid_payload, Executed::no, [&] { subscribe_by_hand(nothing); });
    Request home{ticker};
    expect_error(ErrorCode::interface_mismatch, Executed::no, [&] { subscribe_by_hand(home); });
}

TEST_P(HostileSubscribers, WhoseSinkIsNoneAreGivenUpAndTheOthersDoNotNotice)
{
    Told<std::int32_t> told;
    const Subscription good = subscribe(*ticker, told);
    std::weak_ptr<Ticker> released;
    {
        Request request{std::make_shared<TickerServant>()};
        released = request.sink;
        subscribe_by_hand(request);
        EXPECT_NE(request.ticket, nullptr);
        request.sink.reset();
        servant->Tick(1, 100, 4);
        EXPECT_TRUE(remoting::test::eventually([&] { return released.expired(); })) << "the publisher keeps the sink";
    }
    EXPECT_EQ(told.wait_for(100), from_to(1, 100));
}

TEST_P(HostileSubscribers, CannotEndTheSubscriptionsOfOthers)
{
    Told<std::int32_t> told;
    const Subscription good = subscribe(*ticker, told);
    remoting::Client other(place().client_options());
    const auto theirs = other.get_object<LoudTicker>(remoting::object_url(*ticker));
    for (int i = 0; i < 100; ++i) {
        static_cast<void>(theirs->on_Ticked([](std::int32_t, const Quote&) {}));
    }
    other.close();
    servant->Tick(1, 10, 4);
    EXPECT_EQ(told.wait_for(10), from_to(1, 10));
    EXPECT_TRUE(good.is_active());
}

}  // namespace
}  // namespace contract
