// SPDX-License-Identifier: BSL-1.0
#include "objects_servants.hpp"

#include "errors.hpp"
#include "process_usage.hpp"
#include "threads.hpp"
#include "way.hpp"

#include <mutex>
#include <set>
#include <stdexcept>

namespace contract {
namespace {

using remoting::Client;
using remoting::Concurrency;
using remoting::CustomErrors;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::Server;
using remoting::test::at;
using remoting::test::contains;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::ProcessUsage;
using remoting::test::Rig;
using remoting::test::run_aside;
using remoting::test::run_at_once;
using remoting::test::Tally;
using remoting::test::thrown;

class Lifetimes : public remoting::test::ChannelTest {
protected:
    Server& server() { return rig().server(); }
    Client& client() { return rig().client(); }
    const std::shared_ptr<LiveCount>& count() const { return count_; }

    auto counters()
    {
        return [count = count_] { return std::make_shared<CounterServant>(count); };
    }
    auto accounts()
    {
        return [count = count_](std::string owner, std::int64_t balance) {
            return std::make_shared<AccountServant>(count, std::move(owner), balance);
        };
    }

private:
    std::shared_ptr<LiveCount> count_ = std::make_shared<LiveCount>();
};

INSTANTIATE_TEST_SUITE_P(Contract, Lifetimes, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Lifetimes, SingleCallObjectsAreNewForEachCallAndGoAfterIt)
{
    server().register_single_call<Counter>("counter", counters());
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    EXPECT_EQ(count()->made(), 0) << "getting a proxy makes nothing";
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(counter->Next(), 1);
        EXPECT_TRUE(count()->wait_until_alive(0));
        EXPECT_EQ(count()->made(), i);
    }
    EXPECT_EQ(counter->Instance(), 6);
}

TEST_P(Lifetimes, SingletonsAreMadeAtTheFirstCallAndSharedByAllClients)
{
    server().register_singleton<Counter>("counter", counters());
    Client other(place().client_options());
    const auto mine = client().get_object<Counter>(rig().url_of("counter"));
    const auto others = other.get_object<Counter>(rig().url_of("counter"));
    EXPECT_EQ(count()->made(), 0);
    EXPECT_EQ(mine->Next(), 1);
    EXPECT_EQ(others->Next(), 2);
    EXPECT_EQ(mine->Next(), 3);
    EXPECT_EQ(others->Instance(), 1);
    EXPECT_EQ(count()->made(), 1);
}

TEST_P(Lifetimes, SingletonsAreMadeOnceWhenSixtyFourThreadsRace)
{
    constexpr int threads = 64;
    server().register_singleton<Counter>("counter", counters());
    Client other(place().client_options());
    std::mutex mutex;
    std::set<int> seen;
    run_at_once(threads, [&](int i) {
        const int number = (i % 2 == 0 ? client() : other).get_object<Counter>(rig().url_of("counter"))->Next();
        const std::lock_guard lock(mutex);
        seen.insert(number);
    });
    EXPECT_EQ(count()->made(), 1);
    EXPECT_EQ(seen.size(), 64U);
    EXPECT_EQ(*seen.rbegin(), threads);
}

TEST_P(Lifetimes, ASingletonWhoseFactoryFailedIsTriedAgainAtTheNextCall)
{
    std::atomic<int> attempts = 0;
    server().register_singleton<Counter>("counter", [&]() -> std::shared_ptr<Counter> {
        if (++attempts == 1) {
            throw std::runtime_error("not yet");
        }
        return std::make_shared<CounterServant>(count());
    });
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    const auto error = expect_error(ErrorCode::activation_failed, Executed::no, [&] { counter->Next(); });
    EXPECT_EQ(error.method(), "contract.Counter.Next");
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_EQ(counter->Next(), 2);
    EXPECT_EQ(attempts, 2);
}

TEST_P(Lifetimes, ServantsThatCanBeMadeWithoutArgumentsNeedNoFactory)
{
    server().register_singleton<Shelf, ShelfServant>("shelf");
    server().register_single_call<Shelf, ShelfServant>("forgetful");
    const auto node = client().get_object<Shelf>(rig().url_of("shelf"))->Take();
    EXPECT_EQ(node, nullptr);
    EXPECT_EQ(client().get_object<Shelf>(rig().url_of("forgetful"))->Take(), nullptr);
}

TEST_P(Lifetimes, ClientActivatedObjectsTakeArgumentsAndKeepTheirOwnState)
{
    server().register_activated<Account>(accounts());
    const auto ada = client().create_object<Account>(rig().url(), "Ada", 100);
    const auto ben = client().create_object<Account>(rig().url(), std::string("Ben"), std::int64_t{-5});
    EXPECT_EQ(count()->alive(), 2);
    EXPECT_EQ(ada->get_Owner(), "Ada");
    EXPECT_EQ(ben->get_Owner(), "Ben");
    EXPECT_EQ(ada->Add(11), 111);
    EXPECT_EQ(ben->Add(1), -4);
    EXPECT_EQ(ada->Add(0), 111);
    EXPECT_FALSE(remoting::same_object(ada, ben));
}

TEST_P(Lifetimes, ClientActivatedObjectsGoWithTheirLastProxy)
{
    server().register_activated<Account>(accounts());
    auto account = client().create_object<Account>(rig().url(), "Ada", 0);
    auto again = account->Self();
    auto impatient = remoting::with_deadline(account, std::chrono::seconds(30));
    account.reset();
    EXPECT_EQ(again->Add(1), 1);
    again.reset();
    EXPECT_EQ(impatient->Add(1), 2) << "one proxy is left";
    EXPECT_EQ(count()->alive(), 1);
    impatient.reset();
    EXPECT_TRUE(count()->wait_until_alive(0));
}

TEST_P(Lifetimes, ClientActivatedObjectsGoAtOnceThoughOtherCallsWaitForTheirTurn)
{
    class Busy final : public Player {
    public:
        explicit Busy(Gate& leave) : leave_(leave) {}
        std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>&) override
        {
            entered.open();
            return leave_.wait() ? depth : -1;
        }
        void Tell(const std::string&) override {}

        Gate entered;

    private:
        Gate& leave_;
    };
    Gate leave;
    const auto servant = std::make_shared<Busy>(leave);
    server().publish<Player>("busy", servant);
    server().register_activated<Account>(accounts());
    const auto busy = client().get_object<Player>(rig().url_of("busy"));
    auto account = client().create_object<Account>(rig().url(), "Ada", 0);
    auto caller = run_aside([&] { busy->Bounce(7, std::make_shared<PlayerServant>()); });
    ASSERT_TRUE(servant->entered.wait());
    expect_error(ErrorCode::deadline_exceeded, Executed::maybe,
                 [&] { remoting::with_deadline(busy, std::chrono::milliseconds(20))->Tell("waits"); });
    account.reset();
    EXPECT_TRUE(count()->wait_until_alive(0));
    leave.open();
    caller.join();
}

TEST_P(Lifetimes, ClientActivatedObjectsGoWithTheirClient)
{
    server().register_activated<Account>(accounts());
    auto other = std::make_unique<Client>(place().client_options());
    const auto kept = other->create_object<Account>(rig().url(), "Ada", 0);
    const auto mine = client().create_object<Account>(rig().url(), "Ben", 0);
    EXPECT_EQ(count()->alive(), 2);
    other.reset();
    EXPECT_TRUE(count()->wait_until_alive(1));
    EXPECT_EQ(mine->Add(1), 1);
}

TEST_P(Lifetimes, ALateCallerOfAClosedClientIsToldSo)
{
    server().register_activated<Account>(accounts());
    const auto account = client().create_object<Account>(rig().url(), "Ada", 0);
    client().close();
    const auto error = thrown<remoting::RemotingError>([&] { account->Add(1); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::object_not_found || error->code() == ErrorCode::shutting_down)
        << error->what();
    EXPECT_EQ(error->executed(), Executed::no) << error->what();
}

TEST_P(Lifetimes, ConstructorsThrowWhatTheyDeclare)
{
    server().register_activated<Account>([](const std::string& owner, std::int64_t) -> std::shared_ptr<Account> {
        throw Missing("no place for " + owner, 1, {owner});
    });
    const auto missing = thrown<Missing>([&] { client().create_object<Account>(rig().url(), "Ada", 0); });
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->reason, "no place for Ada");
    EXPECT_EQ(missing->names, std::vector<std::string>{"Ada"});
}

TEST_P(Lifetimes, ConstructorsThatThrowAnythingElseFailTheActivation)
{
    for (const auto custom_errors : {CustomErrors::on, CustomErrors::off}) {
        auto options = place().server_options();
        options.custom_errors = custom_errors;
        Rig told(place(), std::move(options), place().client_options());
        told.server().register_activated<Account>([](const std::string&, std::int64_t) -> std::shared_ptr<Account> {
            throw std::runtime_error("the secret");
        });
        told.server().register_activated<Account>(
            [](const std::string&, std::int64_t) -> std::shared_ptr<Account> { throw 42; }, "worse");
        told.server().register_activated<Account>(
            [](const std::string&, std::int64_t) -> std::shared_ptr<Account> { return nullptr; }, "null");
        const auto error = expect_error(ErrorCode::activation_failed, Executed::no,
                                        [&] { told.client().create_object<Account>(told.url(), "Ada", 0); });
        EXPECT_EQ(contains(error.what(), "the secret"), custom_errors == CustomErrors::off) << error.what();
        EXPECT_TRUE(contains(error.what(), "contract.Account")) << error.what();
        EXPECT_EQ(error.address(), told.url());
        for (const char* const name : {"worse", "null"}) {
            expect_error(ErrorCode::activation_failed, Executed::no,
                         [&] { told.client().create_object<Account>(told.url_of(name), "Ada", 0); });
        }
    }
}

TEST_P(Lifetimes, OnlyRegisteredTypesCanBeCreated)
{
    const auto error = expect_error(ErrorCode::type_not_allowed, Executed::no,
                                    [&] { client().create_object<Account>(rig().url(), "Ada", 0); });
    EXPECT_TRUE(contains(error.what(), "contract.Account")) << error.what();
    server().register_activated<Account>(accounts(), "savings");
    expect_error(ErrorCode::type_not_allowed, Executed::no,
                 [&] { client().create_object<Account>(rig().url(), "Ada", 0); });
    expect_error(ErrorCode::type_not_allowed, Executed::no,
                 [&] { client().create_object<Account>(rig().url_of("other"), "Ada", 0); });
}

TEST_P(Lifetimes, SeveralImplementationsAreToldApartByName)
{
    server().register_activated<Account>(accounts());
    server().register_activated<Account>(
        [&](std::string owner, std::int64_t) { return accounts()("saver " + owner, 1000); }, "savings");
    EXPECT_EQ(client().create_object<Account>(rig().url(), "Ada", 1)->get_Owner(), "Ada");
    const auto savings = client().create_object<Account>(rig().url_of("savings"), "Ada", 1);
    EXPECT_EQ(savings->get_Owner(), "saver Ada");
    EXPECT_EQ(savings->Add(0), 1000);
}

TEST_P(Lifetimes, PublishedInstancesAreTheServersOwn)
{
    const auto servant = std::make_shared<CounterServant>(count());
    server().publish<Counter>("counter", servant);
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_EQ(servant->Next(), 2);
    EXPECT_EQ(counter->Next(), 3);
    EXPECT_TRUE(counter->Is(counter));
}

TEST_P(Lifetimes, WithdrawnObjectsCannotBeFoundAnyMore)
{
    server().publish<Counter>("counter", std::make_shared<CounterServant>(count()));
    server().register_singleton<Counter>("single", counters());
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    const auto single = client().get_object<Counter>(rig().url_of("single"));
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_EQ(single->Next(), 1);
    EXPECT_EQ(count()->alive(), 2);

    EXPECT_TRUE(server().withdraw("counter"));
    EXPECT_TRUE(server().withdraw("single"));
    EXPECT_FALSE(server().withdraw("single"));
    EXPECT_FALSE(server().withdraw("never"));
    const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { counter->Next(); });
    EXPECT_TRUE(contains(error.what(), "withdrawn")) << error.what();
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { single->Next(); });
    EXPECT_TRUE(count()->wait_until_alive(0));

    server().register_singleton<Counter>("counter", counters());
    EXPECT_EQ(counter->Next(), 1) << "the name can be used again, and an old proxy finds what it names now";
    EXPECT_EQ(counter->Instance(), 3);
}

TEST_P(Lifetimes, ARunningCallEndsNormallyWhenItsObjectIsWithdrawn)
{
    class Slow final : public Player {
    public:
        Slow(Gate& entered, Gate& leave) : entered_(entered), leave_(leave) {}
        std::int32_t Bounce(std::int32_t depth, const std::shared_ptr<Player>&) override
        {
            entered_.open();
            return leave_.wait() ? depth : -1;
        }
        void Tell(const std::string&) override {}

    private:
        Gate& entered_;
        Gate& leave_;
    };
    Gate entered;
    Gate leave;
    server().publish<Player>("slow", std::make_shared<Slow>(entered, leave));
    const auto slow = client().get_object<Player>(rig().url_of("slow"));
    std::int32_t result = 0;
    auto caller = run_aside([&] { result = slow->Bounce(7, std::make_shared<PlayerServant>()); });
    ASSERT_TRUE(entered.wait());
    EXPECT_TRUE(server().withdraw("slow"));
    leave.open();
    caller.join();
    EXPECT_EQ(result, 7);
    expect_error(ErrorCode::object_not_found, Executed::no,
                 [&] { slow->Bounce(7, std::make_shared<PlayerServant>()); });
}

TEST_P(Lifetimes, ANameBelongsToOneObject)
{
    server().register_singleton<Counter>("counter", counters());
    const auto again = [&] { server().register_single_call<Counter>("counter", counters()); };
    const auto error = expect_error(ErrorCode::name_in_use, Executed::no, again);
    EXPECT_TRUE(contains(error.what(), "counter")) << error.what();
    expect_error(ErrorCode::name_in_use, Executed::no,
                 [&] { server().publish<Shelf>("counter", std::make_shared<ShelfServant>()); });
    server().register_activated<Account>(accounts());
    expect_error(ErrorCode::name_in_use, Executed::no, [&] { server().register_activated<Account>(accounts()); });
    EXPECT_EQ(client().get_object<Counter>(rig().url_of("counter"))->Next(), 1);
}

TEST_P(Lifetimes, WhatCannotBeHostedIsRefused)
{
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { server().publish<Shelf>("shelf", nullptr); });
    for (const std::string& name : {std::string(), std::string("/rooted"), std::string(5000, 'n')}) {
        expect_error(ErrorCode::invalid_argument, Executed::no,
                     [&] { server().publish<Shelf>(name, std::make_shared<ShelfServant>()); });
    }
}

TEST_P(Lifetimes, AnApplicationNameMayPrefixUris)
{
    auto options = place().server_options();
    options.application_name = "bank";
    rig(std::move(options), place().client_options());
    server().register_singleton<Counter>("counter", counters());
    server().register_activated<Account>(accounts());
    server().register_activated<Account>(accounts(), "savings");
    EXPECT_EQ(client().get_object<Counter>(rig().url_of("counter"))->Next(), 1);
    EXPECT_EQ(client().get_object<Counter>(rig().url_of("bank/counter"))->Next(), 2);
    expect_error(ErrorCode::object_not_found, Executed::no,
                 [&] { client().get_object<Counter>(rig().url_of("other/counter"))->Next(); });
    EXPECT_EQ(client().create_object<Account>(rig().url_of("bank"), "Ada", 0)->get_Owner(), "Ada");
    EXPECT_EQ(client().create_object<Account>(rig().url_of("bank/savings"), "Ben", 0)->get_Owner(), "Ben");
    EXPECT_EQ(client().create_object<Account>(rig().url_of("savings"), "Cleo", 0)->get_Owner(), "Cleo");
}

TEST_P(Lifetimes, UrisMayHaveSlashesAndAnyCharacters)
{
    server().register_singleton<Counter>("shop/tills/1", counters());
    server().register_singleton<Counter>("with space?\u00e9", counters());
    EXPECT_EQ(client().get_object<Counter>(rig().url_of("shop/tills/1"))->Next(), 1);
    const auto odd = client().get_object<Counter>(rig().url_of("with%20space%3F%C3%A9"));
    EXPECT_EQ(odd->Next(), 1);
    EXPECT_EQ(remoting::object_url(*odd), rig().url_of("with%20space%3F%C3%A9"));
}

/// Two calls of Meet end together or not at all.
class Meeting final : public Chat {
public:
    void Join(const std::shared_ptr<Player>&) override {}
    void Say(const std::string&) override
    {
        const int inside = inside_.add();
        most_.add(inside > most_.value() ? inside - most_.value() : 0);
        both_.add();
        if (wait_for_other) {
            EXPECT_TRUE(both_.wait_until_at_least(2));
        }
        inside_.add(-1);
    }
    std::int32_t Leave() override { return most_.value(); }

    std::atomic<bool> wait_for_other = false;

private:
    Tally inside_;
    Tally most_;
    Tally both_;
};

TEST_P(Lifetimes, ConcurrentServantsAreEnteredByTwoCallsAtOnce)
{
    const auto servant = std::make_shared<Meeting>();
    servant->wait_for_other = true;
    const auto meeting = rig().serve<Chat>(servant, {.concurrency = Concurrency::concurrent});
    run_at_once(2, [&](int) { meeting->Say("a"); });
    EXPECT_EQ(meeting->Leave(), 2);
}

TEST_P(Lifetimes, SerializedServantsAreEnteredByOneCallAtATime)
{
    const auto meeting = rig().serve<Chat>(std::make_shared<Meeting>());
    Client other(place().client_options());
    const auto same = other.get_object<Chat>(remoting::object_url(*meeting));
    run_at_once(8, [&](int i) {
        for (int n = 0; n < 100; ++n) {
            (i % 2 == 0 ? meeting : same)->Say("a");
        }
    });
    EXPECT_EQ(meeting->Leave(), 1);
}

TEST_P(Lifetimes, AHundredThousandActivationsLeaveNothing)
{
    constexpr int activations = remoting::test::is_slowed_down ? 5'000 : 100'000;
    server().register_activated<Account>(accounts());
    server().register_single_call<Counter>("counter", counters());
    const auto counter = client().get_object<Counter>(rig().url_of("counter"));
    for (int i = 0; i < 2000; ++i) {  // tombstones are kept of the last thousand
        client().create_object<Account>(rig().url(), "warm", i);
    }
    EXPECT_EQ(counter->Next(), 1);
    EXPECT_TRUE(count()->wait_until_alive(0));
    const auto before = ProcessUsage::now();
    const auto memory = remoting::test::memory_in_use();
    for (int i = 0; i < activations; ++i) {
        const auto account = client().create_object<Account>(rig().url(), "Ada", i);
        if (i % 1000 == 0) {
            ASSERT_EQ(account->Add(1), i + 1);
            ASSERT_EQ(counter->Next(), 1);
            ASSERT_LT(count()->alive(), 1000) << "objects pile up";
        }
    }
    EXPECT_TRUE(count()->wait_until_alive(0));
    EXPECT_GE(count()->made(), activations);
    EXPECT_LT(remoting::test::memory_in_use() - memory, 1024 * 1024);
    const auto after = ProcessUsage::now();
    EXPECT_EQ(after.descriptors, before.descriptors);
    EXPECT_LE(after.threads, before.threads + 3) << "readers that block may be replaced, up to as many again";
}

TEST_P(Lifetimes, ObjectsMadeAndDroppedByManyThreadsAtOnceAllGo)
{
    server().register_activated<Account>(accounts());
    run_at_once(16, [&](int thread) {
        std::vector<std::shared_ptr<Account>> kept;
        for (int i = 0; i < 100; ++i) {
            auto account = client().create_object<Account>(rig().url(), std::to_string(thread), i);
            const auto self = account->Self();
            ASSERT_TRUE(remoting::same_object(account, self));
            ASSERT_EQ(self->Add(1), i + 1);
            if (i % 3 == 0) {
                kept.push_back(std::move(account));
            }
        }
        for (const auto& account : kept) {
            ASSERT_EQ(account->get_Owner(), std::to_string(thread));
        }
    });
    EXPECT_EQ(count()->made(), 1600);
    EXPECT_TRUE(count()->wait_until_alive(0));
}

TEST_P(Lifetimes, ClientsAndServersLeaveNoDescriptorsAndThreads)
{
    const auto one_round = [&] {
        Rig round(place());
        round.server().register_activated<Account>(accounts());
        Client other(place().client_options());
        const auto mine = round.client().create_object<Account>(round.url(), "Ada", 1);
        const auto others = other.create_object<Account>(round.url(), "Ben", 1);
        const auto chat = round.serve<Chat>(std::make_shared<ChatServant>());
        const auto player = std::make_shared<PlayerServant>();
        chat->Join(player);
        chat->Say("hello");
        EXPECT_EQ(mine->Add(1) + others->Add(1), 4);
        EXPECT_EQ(player->told.size(), 1U);
    };
    one_round();
    const auto before = ProcessUsage::now();
    for (int i = 0; i < 10; ++i) {
        one_round();
    }
    EXPECT_EQ(ProcessUsage::now(), before);
    EXPECT_EQ(count()->alive(), 0);
}

}  // namespace
}  // namespace contract
