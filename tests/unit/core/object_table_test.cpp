// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "probe_servant.hpp"

#include <remoting/channels/byte_stream.hpp>
#include <remoting/dispatch/object_table.hpp>
#include <remoting/errors/exceptions.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace remoting::test {

namespace {

const InterfaceDescriptor& probe_interface()
{
    return InterfaceTraits<probe::Probe>::descriptor();
}

const InterfaceDescriptor& session_interface()
{
    return InterfaceTraits<probe::Session>::descriptor();
}

/// Asks how many objects there are while it is destroyed.
struct Nosy final : ProbeServant {
    explicit Nosy(ObjectTable& objects) : table(objects) {}
    ~Nosy() override { size_seen = static_cast<int>(table.size()); }
    ObjectTable& table;
    static inline int size_seen = -1;
};

class Objects : public testing::Test {
protected:
    std::shared_ptr<ObjectEntry> publish(const std::string& uri, std::shared_ptr<RemoteObject> object)
    {
        auto entry = std::make_shared<ObjectEntry>(
            uri, probe_interface(),
            make_instance_activator(probe_interface(), std::move(object), ActivationMode::published),
            RegistrationOptions{});
        table_.add(entry);
        return entry;
    }
    std::shared_ptr<ObjectEntry> send(const std::shared_ptr<RemoteObject>& object,
                                      const InterfaceDescriptor& interface = probe_interface())
    {
        auto entry = table_.add_instance(object, interface, {}, ActivationMode::published, true);
        EXPECT_TRUE(table_.add_reference(entry));
        return entry;
    }
    static ErrorCode code_of(const std::function<void()>& work)
    {
        try {
            work();
        } catch (const RemotingError& error) {
            EXPECT_EQ(error.executed(), Executed::no);
            return error.code();
        }
        return ErrorCode::ok;
    }

    FakeClock clock_;
    FakeRandom random_;
    ObjectTable table_{clock_, random_};
    std::shared_ptr<ProbeServant> servant_ = std::make_shared<ProbeServant>();
};

}  // namespace

TEST_F(Objects, AreFoundByTheirNames)
{
    const auto entry = publish("counter", servant_);
    EXPECT_EQ(table_.find("counter"), entry);
    EXPECT_EQ(table_.find("Counter"), nullptr);
    EXPECT_EQ(table_.find("counter/"), nullptr);
    EXPECT_EQ(table_.find(""), nullptr);
    EXPECT_EQ(table_.reason_not_found("other"), "no object of this name");
}

TEST_F(Objects, CannotShareAName)
{
    publish("counter", servant_);
    EXPECT_EQ(code_of([&] { publish("counter", std::make_shared<ProbeServant>()); }), ErrorCode::name_in_use);
    EXPECT_EQ(table_.size(), 1U);
}

TEST_F(Objects, NeedNamesOfTheRightForm)
{
    for (const std::string& name : {std::string(), std::string("/a"), std::string("~a"), std::string(1025, 'a')}) {
        EXPECT_EQ(code_of([&] { publish(name, servant_); }), ErrorCode::invalid_argument) << name.substr(0, 20);
    }
    publish(std::string(1024, 'a'), servant_);
}

TEST_F(Objects, AreFoundBehindTheApplicationNameToo)
{
    table_.set_application_name("bank");
    const auto entry = publish("counter", servant_);
    EXPECT_EQ(table_.find("bank/counter"), entry);
    EXPECT_EQ(table_.find("counter"), entry);
    EXPECT_EQ(table_.find("bank/"), nullptr);
    EXPECT_EQ(table_.find("bankcounter"), nullptr);
    EXPECT_EQ(table_.find("other/counter"), nullptr);
}

TEST_F(Objects, MayHaveNamesThatBeginLikeTheApplication)
{
    table_.set_application_name("bank");
    const auto entry = publish("bank/counter", servant_);
    EXPECT_EQ(table_.find("bank/counter"), entry);
}

TEST_F(Objects, ThatWereWithdrawnAreGoneAndRemembered)
{
    const auto entry = publish("counter", servant_);
    EXPECT_TRUE(table_.withdraw("counter"));
    EXPECT_FALSE(table_.withdraw("counter"));
    EXPECT_TRUE(entry->is_withdrawn());
    EXPECT_EQ(table_.find("counter"), nullptr);
    clock_.advance(std::chrono::seconds(12));
    EXPECT_EQ(table_.reason_not_found("counter"), "withdrawn 12 s ago");
    publish("counter", servant_);
    EXPECT_NE(table_.find("counter"), nullptr);
}

TEST_F(Objects, AreRememberedInABoundedRing)
{
    for (int i = 0; i < 3000; ++i) {
        publish("object" + std::to_string(i), std::make_shared<ProbeServant>());
        table_.withdraw("object" + std::to_string(i));
    }
    EXPECT_EQ(table_.reason_not_found("object0"), "no object of this name");
    EXPECT_EQ(table_.reason_not_found("object2999"), "withdrawn 0 s ago");
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(Objects, AreDestroyedByWhoeverLetsGoLast)
{
    std::weak_ptr<ProbeServant> alive = servant_;
    publish("counter", std::exchange(servant_, nullptr));
    EXPECT_FALSE(alive.expired());
    table_.withdraw("counter");
    EXPECT_TRUE(alive.expired());
}

TEST_F(Objects, MayUseTheTableWhileTheyAreDestroyed)
{
    publish("nosy", std::make_shared<Nosy>(table_));
    table_.withdraw("nosy");
    EXPECT_EQ(Nosy::size_seen, 0);
    auto entry = send(std::make_shared<Nosy>(table_));
    table_.drop_references(entry, 1, "released");
    Nosy::size_seen = -1;
    entry.reset();
    EXPECT_EQ(Nosy::size_seen, 0);
    publish("nosy", std::make_shared<Nosy>(table_));
    table_.clear();
    EXPECT_EQ(Nosy::size_seen, 0);
}

TEST_F(Objects, ThatAreSentTwiceAreTheSame)
{
    const auto entry = send(servant_);
    EXPECT_EQ(send(servant_), entry);
    EXPECT_NE(send(std::make_shared<ProbeServant>()), entry);
    EXPECT_EQ(table_.find(entry->uri()), entry);
    EXPECT_EQ(entry->uri().size(), 41U) << entry->uri();
}

TEST_F(Objects, ThatHaveANameAreSentByIt)
{
    const auto entry = publish("counter", servant_);
    EXPECT_EQ(send(servant_), entry);
    table_.drop_references(entry, 1, "released");
    EXPECT_EQ(table_.find("counter"), entry) << "went with a reference although it has a name";
}

TEST_F(Objects, GoWithTheirLastReference)
{
    auto entry = send(servant_);
    send(servant_);
    send(servant_);
    table_.drop_references(entry, 2, "released");
    EXPECT_EQ(table_.find(entry->uri()), entry);
    table_.drop_references(entry, 1, "released");
    EXPECT_EQ(table_.find(entry->uri()), nullptr);
    EXPECT_EQ(table_.reason_not_found(entry->uri()), "released 0 s ago");
    EXPECT_FALSE(table_.add_reference(entry)) << "it is gone; the sender must add it anew";
    const auto again = send(servant_);
    EXPECT_NE(again, entry);
    EXPECT_NE(again->uri(), entry->uri());
}

TEST_F(Objects, ThatWentForOneReasonDoNotMakeOthersForgotten)
{
    const auto withdrawn = publish("counter", servant_);
    table_.withdraw("counter");
    clock_.advance(std::chrono::seconds(5));
    std::string first;
    for (int i = 0; i < 2000; ++i) {
        const auto entry = send(std::make_shared<ProbeServant>());
        first = first.empty() ? entry->uri() : first;
        table_.drop_references(entry, 1, "released by its client");
    }
    EXPECT_EQ(table_.reason_not_found("counter"), "withdrawn 5 s ago");
    EXPECT_EQ(table_.reason_not_found(first), "gone long ago");
    publish("counter", servant_);
    table_.withdraw("counter");
    EXPECT_EQ(table_.reason_not_found("counter"), "withdrawn 0 s ago");
}

TEST_F(Objects, KnownByTheirReferencesOnlyAreForTheUsersTheyWereSentTo)
{
    const PeerIdentity ada{"pid 1", true, 1001, 1001};
    const PeerIdentity ben{"pid 2", true, 1002, 1002};
    const PeerIdentity somebody{"127.0.0.1:4711", true, std::nullopt, std::nullopt};
    const auto entry = send(servant_);
    EXPECT_FALSE(table_.admits(*entry, ada)) << "it was kept here";
    table_.add_reference(entry, &ada);
    EXPECT_TRUE(table_.admits(*entry, ada));
    EXPECT_FALSE(table_.admits(*entry, ben));
    EXPECT_FALSE(table_.admits(*entry, somebody));
    table_.add_reference(entry, &ben);
    EXPECT_TRUE(table_.admits(*entry, ben));
    table_.add_reference(entry, &somebody);
    EXPECT_TRUE(table_.admits(*entry, somebody)) << "who cannot be told from others";
    const PeerIdentity self{"this process", true, std::nullopt, std::nullopt, true};
    EXPECT_TRUE(table_.admits(*entry, self));
    EXPECT_TRUE(table_.admits(*publish("counter", std::make_shared<ProbeServant>()), somebody)) << "it has a name";
}

TEST_F(Objects, SurviveAPeerThatReleasesMoreThanItGot)
{
    const auto entry = send(servant_);
    table_.drop_references(entry, 1000, "released");
    table_.drop_references(entry, 1, "released");
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(Objects, StayUntilTheyAreWithdrawnWhenTheyAreNotTransient)
{
    const auto entry = table_.add_instance(servant_, probe_interface(), {}, ActivationMode::published, false);
    table_.add_reference(entry);
    table_.drop_references(entry, 1, "released");
    EXPECT_EQ(table_.find(entry->uri()), entry);
}

TEST_F(Objects, OfAnEarlierServerAreKnownAsSuch)
{
    const auto here = send(servant_);
    FakeRandom random;
    Id128::random(random);
    ObjectTable later(clock_, random);
    EXPECT_EQ(later.reason_not_found(here->uri()), "server restarted");
    later.add_instance(servant_, probe_interface(), {}, ActivationMode::published, true);
    EXPECT_EQ(later.reason_not_found(here->uri()), "server restarted");
    EXPECT_EQ(later.reason_not_found("0123456789abcdef0123456789abcdef"), "no object of this name");
    std::string other = here->uri();
    other[0] = other[0] == 'f' ? 'e' : 'f';
    EXPECT_EQ(table_.reason_not_found(other), "gone long ago");
}

TEST_F(Objects, WithAnInstanceForEachCallerHaveNoneForOneWhoIsGone)
{
    const auto shared = std::make_shared<ObjectEntry>(
        "each", probe_interface(),
        make_individual_activator(
            probe_interface(), [] { return std::make_shared<ProbeServant>(); }, ActivationMode::per_connection),
        RegistrationOptions{});
    table_.add(shared);
    const auto is_here = [] { return false; };
    const auto is_gone = [] { return true; };
    const auto first = table_.individual(shared, "session 1", is_here);
    EXPECT_EQ(table_.individual(shared, "session 1", is_gone), first)
        << "who has one keeps it until all is cleared away";
    EXPECT_NE(table_.individual(shared, "session 2", is_here), first);
    EXPECT_EQ(table_.size(), 3U);
    table_.caller_gone("session 1", "owner disconnected");
    EXPECT_TRUE(first->is_withdrawn());
    EXPECT_EQ(table_.size(), 2U);
    EXPECT_EQ(code_of([&] { table_.individual(shared, "session 1", is_gone); }), ErrorCode::connection_lost);
    EXPECT_EQ(table_.size(), 2U);
}

TEST_F(Objects, GoWhenTheirLeaseEndsAndSayWhy)
{
    const RegistrationOptions leased{.lease = LeaseOptions{.initial = std::chrono::seconds(10)}};
    auto entry = table_.add_instance(servant_, probe_interface(), leased, ActivationMode::client_activated, true);
    const std::string uri = entry->uri();
    std::weak_ptr<ProbeServant> alive = std::exchange(servant_, nullptr);
    entry.reset();
    clock_.advance(std::chrono::seconds(9));
    EXPECT_TRUE(table_.end_leases().empty());
    EXPECT_NE(table_.find(uri), nullptr);
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(table_.end_leases().size(), 1U);
    EXPECT_TRUE(alive.expired());
    clock_.advance(std::chrono::seconds(12));
    EXPECT_EQ(table_.reason_not_found(uri), "lease expired 12 s ago");
    EXPECT_EQ(table_.leases().size(), 0U);
}

TEST_F(Objects, ThatGoOtherwiseLeaveNoLease)
{
    const RegistrationOptions leased{.lease = LeaseOptions{}};
    const auto entry = table_.add_instance(servant_, probe_interface(), leased, ActivationMode::client_activated, true);
    table_.add_reference(entry);
    EXPECT_EQ(table_.leases().size(), 1U);
    table_.drop_references(entry, 1, "released");
    EXPECT_EQ(table_.leases().size(), 0U);
    EXPECT_EQ(table_.leases().status(*entry->lease()).state, LeaseState::expired);
}

TEST_F(Objects, MayChooseTheirOwnLease)
{
    struct Choosy final : ProbeServant, SelfLeased {
        LeaseOptions lease_options() const override { return {.initial = std::chrono::seconds(1)}; }
    };
    const auto own =
        table_.add_instance(std::make_shared<Choosy>(), probe_interface(), {}, ActivationMode::published, true);
    ASSERT_NE(own->lease(), nullptr);
    EXPECT_EQ(table_.leases().status(*own->lease()).initial, std::chrono::seconds(1));
    const auto none = table_.add_instance(servant_, probe_interface(), {}, ActivationMode::published, true);
    EXPECT_EQ(none->lease(), nullptr);
}

TEST_F(Objects, CannotHaveALeaseThatMakesNoSense)
{
    const RegistrationOptions wrong{.lease = LeaseOptions{.initial = Duration::zero()}};
    EXPECT_EQ(code_of([&] {
                  table_.add(std::make_shared<ObjectEntry>(
                      "counter", probe_interface(),
                      make_singleton_activator(probe_interface(), [&] { return servant_; }), wrong));
              }),
              ErrorCode::invalid_argument);
}

TEST_F(Objects, OfTheWrongInterfaceAreNotTaken)
{
    EXPECT_EQ(code_of([&] { send(servant_, session_interface()); }), ErrorCode::invalid_argument);
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(Objects, ThatClientsCreateAreFoundByTypeNameAndApplication)
{
    table_.set_application_name("bank");
    table_.add_activated_type(session_interface(), "", [](ServerCall&) {});
    table_.add_activated_type(session_interface(), "savings", [](ServerCall&) {});
    const auto find = [&](const std::string& path) {
        return table_.find_activated_type(activation_uri("", path), "probe.Session");
    };
    const auto plain = find("");
    const auto savings = find("savings");
    ASSERT_NE(plain, nullptr);
    ASSERT_NE(savings, nullptr);
    EXPECT_NE(plain, savings);
    EXPECT_EQ(find("bank"), plain);
    EXPECT_EQ(find("bank/savings"), savings);
    EXPECT_EQ(find("loans"), nullptr);
    EXPECT_EQ(table_.find_activated_type(activation_uri("", ""), "probe.Probe"), nullptr);
    EXPECT_EQ(code_of([&] { table_.add_activated_type(session_interface(), "savings", [](ServerCall&) {}); }),
              ErrorCode::name_in_use);
    EXPECT_TRUE(is_activation_uri(activation_uri("probe.Session", "")));
    EXPECT_FALSE(is_activation_uri("new"));
}

TEST_F(Objects, HaveIdsThatComeFromTheRandomSource)
{
    FakeRandom random;
    ObjectTable other(clock_, random);
    const auto here = table_.add_instance(servant_, probe_interface(), {}, ActivationMode::published, true);
    const auto there = other.add_instance(servant_, probe_interface(), {}, ActivationMode::published, true);
    EXPECT_EQ(here->uri(), there->uri());
}

}  // namespace remoting::test
