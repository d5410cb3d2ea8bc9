// SPDX-License-Identifier: BSL-1.0
// Who supplies the servants: instances for each client and each principal, categories with a default servant or a
// locator, how many objects a client may create, and who is told of all that.
#include "objects.remoting.async.hpp"
#include "objects_servants.hpp"

#include "errors.hpp"
#include "lines.hpp"
#include "threads.hpp"
#include "way.hpp"

#include <remoting/messaging/current_call.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace contract {
namespace {

using namespace std::chrono_literals;
using remoting::Client;
using remoting::ClientOptions;
using remoting::current_call;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RegistrationOptions;
using remoting::RemoteException;
using remoting::RemoteObject;
using remoting::ServantLocator;
using remoting::Server;
using remoting::ServerOptions;
using remoting::TrackedObject;
using remoting::TrackingHandler;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::expect_error;
using remoting::test::Lines;
using remoting::test::run_aside;
using remoting::test::Way;

/// A counter for each name, as the objects of a database: Instance() tells how long the name is.
class Numbered final : public Counter {
public:
    std::int32_t Next() override { return ++counts_[std::string(current_call()->object)]; }
    std::int32_t Instance() override { return static_cast<std::int32_t>(current_call()->object.size()); }
    std::shared_ptr<Counter> Self() override { return nullptr; }
    bool Is(const std::shared_ptr<Counter>&) override { return false; }

private:
    std::map<std::string, std::int32_t> counts_;
};

class LocatedCounter final : public Counter {
public:
    explicit LocatedCounter(std::int32_t number) : number_(number) {}
    std::int32_t Next() override { throw std::runtime_error("no next one"); }
    std::int32_t Instance() override { return number_; }
    std::shared_ptr<Counter> Self() override { return nullptr; }
    bool Is(const std::shared_ptr<Counter>&) override { return false; }

private:
    const std::int32_t number_;
};

class SuspendedCounter final : public CounterAsync {
public:
    boost::asio::awaitable<std::int32_t> Next() override { co_return 1; }
    boost::asio::awaitable<std::int32_t> Instance() override
    {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        co_return static_cast<std::int32_t>(current_call()->object.size());
    }
    boost::asio::awaitable<std::shared_ptr<Counter>> Self() override { co_return nullptr; }
    boost::asio::awaitable<bool> Is(std::shared_ptr<Counter>) override { co_return false; }
};

class Library final : public ServantLocator {
public:
    std::shared_ptr<RemoteObject> find(const std::string& uri) override
    {
        if (uri == "shelf/broken") {
            throw std::runtime_error("the shelf fell over");
        }
        if (uri == "shelf/missing") {
            return nullptr;
        }
        const std::lock_guard lock(mutex_);
        found_.push_back(uri);
        if (uri == "shelf/later") {
            return std::make_shared<SuspendedCounter>();
        }
        if (uri == "shelf/other") {
            return std::make_shared<ChatServant>();
        }
        return std::make_shared<LocatedCounter>(static_cast<std::int32_t>(uri.size()));
    }
    void finished(const std::string& uri, const std::shared_ptr<RemoteObject>& servant) noexcept override
    {
        const std::lock_guard lock(mutex_);
        EXPECT_TRUE(servant != nullptr);
        finished_.push_back(uri);
    }
    std::vector<std::string> found() const
    {
        const std::lock_guard lock(mutex_);
        return found_;
    }
    std::vector<std::string> finished() const
    {
        const std::lock_guard lock(mutex_);
        return finished_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> found_;
    std::vector<std::string> finished_;
};

class Factories : public remoting::test::ChannelTest {
protected:
    Server& server() { return rig().server(); }
    Client& client() { return rig().client(); }
    std::shared_ptr<Counter> counter(Client& at, const std::string& uri)
    {
        return at.get_object<Counter>(rig().url_of(uri));
    }
    std::shared_ptr<Counter> counter(const std::string& uri) { return counter(client(), uri); }
    auto make_counter()
    {
        return [count = count_] { return std::make_shared<CounterServant>(count); };
    }
    LiveCount& count() { return *count_; }
    void expect_not_found(Counter& object, const std::string& why)
    {
        const auto error = expect_error(ErrorCode::object_not_found, Executed::no, [&] { object.Next(); });
        EXPECT_TRUE(contains(error.what(), why)) << error.what();
    }

private:
    const std::shared_ptr<LiveCount> count_ = std::make_shared<LiveCount>();
};

INSTANTIATE_TEST_SUITE_P(Contract, Factories, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Factories, GiveEachConnectionAnInstanceThatGoesWithIt)
{
    server().register_per_connection<Counter>("mine", make_counter());
    auto other = std::make_unique<Client>(place().client_options());
    EXPECT_EQ(counter("mine")->Next(), 1);
    EXPECT_EQ(counter(*other, "mine")->Next(), 1);
    EXPECT_EQ(counter("mine")->Next(), 2);
    EXPECT_EQ(counter("mine")->Instance(), 1);
    EXPECT_EQ(count().alive(), 2);
    other.reset();
    EXPECT_TRUE(count().wait_until_alive(1));
    EXPECT_EQ(counter("mine")->Next(), 3);
    EXPECT_TRUE(server().withdraw("mine"));
    EXPECT_TRUE(count().wait_until_alive(0));
    expect_not_found(*counter("mine"), "withdrawn");
}

TEST_P(Factories, MakeTheInstanceOfAConnectionOnceWhateverTheRace)
{
    server().register_per_connection<Counter>("mine", make_counter());
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 16; ++i) {
            callers.push_back(run_aside([&] { counter("mine")->Next(); }));
        }
    }
    EXPECT_EQ(counter("mine")->Next(), 17);
    EXPECT_EQ(count().made(), 1);
}

TEST_P(Factories, GiveReferencesToTheInstanceOfAConnectionThatLeadToIt)
{
    server().register_per_connection<Counter>("mine", make_counter());
    const auto self = counter("mine")->Self();
    EXPECT_EQ(self->Next(), 1);
    EXPECT_EQ(counter("mine")->Next(), 2);
    EXPECT_TRUE(counter("mine")->Is(self));
}

TEST_P(Factories, GiveEachPrincipalAnInstanceThatOutlivesItsConnections)
{
    server().register_per_principal<Counter>("ours", make_counter());
    auto other = std::make_unique<Client>(place().client_options());
    EXPECT_EQ(counter(*other, "ours")->Next(), 1);
    EXPECT_EQ(counter("ours")->Next(), 2) << "both clients are of the same user, on the same machine";
    other.reset();
    EXPECT_EQ(counter("ours")->Next(), 3);
    EXPECT_EQ(count().made(), 1);
}

TEST_P(Factories, MakeAPrincipalsInstanceAnewWhenItsLeaseHasEnded)
{
    server().register_per_principal<Counter>(
        "ours", make_counter(),
        {.lease = remoting::LeaseOptions{.initial = 50ms, .renew_on_call = 0s, .sponsorship_timeout = 0s}});
    EXPECT_EQ(counter("ours")->Next(), 1);
    EXPECT_TRUE(count().wait_until_alive(0));
    EXPECT_EQ(counter("ours")->Next(), 1);
    EXPECT_EQ(count().made(), 2);
}

TEST_P(Factories, TellTheCallerWhatAFactoryThrewAndTryAgain)
{
    bool is_broken = true;
    server().register_per_connection<Counter>("mine", [&, make = make_counter()]() -> std::shared_ptr<Counter> {
        if (std::exchange(is_broken, false)) {
            throw std::runtime_error("out of counters");
        }
        return make();
    });
    expect_error(ErrorCode::activation_failed, Executed::no, [&] { counter("mine")->Next(); });
    EXPECT_EQ(counter("mine")->Next(), 1);
}

TEST_P(Factories, LetADefaultServantStandForACategory)
{
    server().register_default_servant<Counter>("rows/*", std::make_shared<Numbered>());
    server().register_singleton<Counter>("rows/special", make_counter());
    EXPECT_EQ(counter("rows/a")->Next(), 1);
    EXPECT_EQ(counter("rows/b")->Next(), 1);
    EXPECT_EQ(counter("rows/a")->Next(), 2);
    EXPECT_EQ(counter("rows/deep/er")->Instance(), 12);
    EXPECT_EQ(counter("rows/*")->Instance(), 6);
    EXPECT_EQ(counter("rows/special")->Instance(), 1);
    expect_not_found(*counter("rows"), "no object of this name");
    expect_not_found(*counter("others/a"), "no object of this name");
    EXPECT_TRUE(server().withdraw("rows/*"));
    expect_not_found(*counter("rows/a"), "no object of this name");
    EXPECT_EQ(counter("rows/special")->Next(), 1);
}

TEST_P(Factories, PreferTheNarrowestCategory)
{
    server().register_default_servant<Counter>("a/*", std::make_shared<LocatedCounter>(1));
    server().register_default_servant<Counter>("a/b/*", std::make_shared<LocatedCounter>(2));
    EXPECT_EQ(counter("a/x")->Instance(), 1);
    EXPECT_EQ(counter("a/b/x")->Instance(), 2);
    EXPECT_EQ(counter("a/b/c/x")->Instance(), 2);
}

TEST_P(Factories, LetTheObjectsOfADefaultServantTakeTurnsTogether)
{
    server().register_default_servant<Counter>("rows/*", std::make_shared<Numbered>());
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 8; ++i) {
            callers.push_back(run_aside([&, i] {
                for (int n = 0; n < 50; ++n) {
                    counter("rows/" + std::to_string(i))->Next();
                }
            }));
        }
    }
    EXPECT_EQ(counter("rows/3")->Next(), 51);
}

TEST_P(Factories, AskALocatorForEachCallAndTellItWhenThatIsOver)
{
    const auto library = std::make_shared<Library>();
    server().register_locator<Counter>("shelf/*", library);
    EXPECT_EQ(counter("shelf/one")->Instance(), 9);
    EXPECT_THROW(counter("shelf/two")->Next(), RemoteException);
    EXPECT_EQ(counter("shelf/later")->Instance(), 11);
    expect_error(ErrorCode::activation_failed, Executed::no, [&] { counter("shelf/broken")->Next(); });
    expect_error(ErrorCode::activation_failed, Executed::no, [&] { counter("shelf/other")->Next(); });
    expect_not_found(*counter("shelf/missing"), "its locator knows no object of this name");
    const std::vector<std::string> asked{"shelf/one", "shelf/two", "shelf/later", "shelf/other"};
    EXPECT_EQ(library->found(), asked);
    EXPECT_TRUE(eventually([&] { return library->finished() == asked; })) << library->finished().size();
}

TEST_P(Factories, RefuseNamesThatMixUpCategoriesAndObjects)
{
    expect_error(ErrorCode::invalid_argument, Executed::no,
                 [&] { server().register_singleton<Counter>("rows/*", make_counter()); });
    expect_error(ErrorCode::invalid_argument, Executed::no,
                 [&] { server().register_default_servant<Counter>("rows", std::make_shared<Numbered>()); });
    expect_error(ErrorCode::invalid_argument, Executed::no,
                 [&] { server().register_default_servant<Counter>("rows/*", std::shared_ptr<Counter>()); });
    expect_error(ErrorCode::invalid_argument, Executed::no,
                 [&] { server().register_locator<Counter>("rows/*", nullptr); });
    server().register_default_servant<Counter>("rows/*", std::make_shared<Numbered>());
    expect_error(ErrorCode::name_in_use, Executed::no,
                 [&] { server().register_default_servant<Counter>("rows/*", std::make_shared<Numbered>()); });
}

class SuspendedAccount final : public AccountAsync {
public:
    SuspendedAccount(std::shared_ptr<LiveCount> count, std::string owner, std::int64_t balance)
        : counted_(std::move(count)),
          owner_(std::move(owner)),
          balance_(balance)
    {
    }
    boost::asio::awaitable<std::string> get_Owner() override { co_return owner_; }
    boost::asio::awaitable<std::int64_t> Add(std::int64_t amount) override
    {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        co_return balance_ += amount;
    }
    boost::asio::awaitable<std::shared_ptr<Account>> Self() override { co_return nullptr; }
    boost::asio::awaitable<bool> Is(std::shared_ptr<Account>) override { co_return false; }

private:
    Counted counted_;
    const std::string owner_;
    std::int64_t balance_;
};

TEST_P(Factories, MakeCoroutineServantsForClientsToo)
{
    const auto accounts = std::make_shared<LiveCount>();
    server().register_activated<Account>([&](std::string owner, std::int64_t balance) {
        return std::make_shared<SuspendedAccount>(accounts, std::move(owner), balance);
    });
    auto account = client().create_object<Account>(rig().url(), "Ada", 40);
    EXPECT_EQ(account->Add(2), 42);
    EXPECT_EQ(account->get_Owner(), "Ada");
    account.reset();
    EXPECT_TRUE(accounts->wait_until_alive(0));
}

TEST_P(Factories, TakeTheTypeOfACoroutineServantInsteadOfAFactory)
{
    server().register_singleton<Counter, SuspendedCounter>("one");
    server().register_single_call<Counter, SuspendedCounter>("each");
    server().publish<Counter>("given", std::make_shared<SuspendedCounter>());
    server().register_default_servant<Counter>("all/*", std::make_shared<SuspendedCounter>());
    for (const std::string uri : {"one", "each", "given", "all/of/them"}) {
        EXPECT_EQ(counter(uri)->Instance(), static_cast<std::int32_t>(uri.size()));
    }
}

class Quotas : public Factories {
protected:
    void start(const remoting::Limits& limits)
    {
        ServerOptions options = place().server_options();
        options.limits = limits;
        options.session_grace = 0s;
        rig(options, place().client_options());
        server().register_activated<Account>([count = accounts_](std::string owner, std::int64_t balance) {
            if (owner.empty()) {
                throw std::invalid_argument("nobody");
            }
            return std::make_shared<AccountServant>(count, std::move(owner), balance);
        });
    }
    std::shared_ptr<Account> account(Client& at, const std::string& owner = "Ada")
    {
        return at.create_object<Account>(rig().url(), owner, 0);
    }
    void expect_refused(Client& at, const std::string& why)
    {
        const auto error = expect_error(ErrorCode::resource_exhausted, Executed::no, [&] { account(at); });
        EXPECT_TRUE(contains(error.what(), why)) << error.what();
    }
    LiveCount& accounts() { return *accounts_; }

private:
    const std::shared_ptr<LiveCount> accounts_ = std::make_shared<LiveCount>();
};

INSTANTIATE_TEST_SUITE_P(Contract, Quotas, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Quotas, LimitTheObjectsOfOneClient)
{
    start({.activated_per_session = 2});
    Client other(place().client_options());
    auto one = account(client());
    const auto two = account(client());
    expect_refused(client(), "the client has 2 client-activated objects");
    EXPECT_EQ(account(other)->Add(1), 1) << "another client has its own";
    one.reset();
    EXPECT_TRUE(accounts().wait_until_alive(1));
    EXPECT_EQ(account(client())->Add(1), 1);
}

TEST_P(Quotas, CountNoObjectsWhoseConstructorThrew)
{
    start({.activated_per_session = 1});
    for (int i = 0; i < 3; ++i) {
        expect_error(ErrorCode::activation_failed, Executed::no, [&] { account(client(), ""); });
    }
    EXPECT_EQ(account(client())->Add(1), 1);
}

TEST_P(Quotas, LimitThoseOfOnePrincipalAndOfTheServer)
{
    for (const bool of_server : {false, true}) {
        start(of_server ? remoting::Limits{.activated = 2} : remoting::Limits{.activated_per_principal = 2});
        auto other = std::make_unique<Client>(place().client_options());
        const auto one = account(client());
        const auto two = account(*other);
        expect_refused(client(), of_server ? "the server has 2" : "has 2 client-activated objects");
        other.reset();
        EXPECT_TRUE(accounts().wait_until_alive(1));
        EXPECT_TRUE(eventually([&] {
            try {
                return account(client())->Add(1) == 1;
            } catch (const remoting::RemotingError&) {
                return false;  // its place is free a moment after it has gone
            }
        }));
    }
}

/// Writes down what it is told.
class Diary final : public TrackingHandler {
public:
    void marshaled(const TrackedObject& object) override { add("marshaled", object, ""); }
    void unmarshaled(const TrackedObject& object) override { add("unmarshaled", object, ""); }
    void disconnected(const TrackedObject& object, std::string_view reason) override
    {
        add("disconnected", object, reason);
    }
    bool says(const std::string& what) const
    {
        const std::lock_guard lock(mutex_);
        return std::find(lines_.begin(), lines_.end(), what) != lines_.end();
    }
    std::string text() const
    {
        const std::lock_guard lock(mutex_);
        std::string all;
        for (const auto& line : lines_) {
            all += line + "\n";
        }
        return all;
    }
    std::string last_peer() const
    {
        const std::lock_guard lock(mutex_);
        return peer_;
    }

private:
    void add(const std::string& what, const TrackedObject& object, std::string_view reason)
    {
        const std::lock_guard lock(mutex_);
        lines_.push_back(what + " " + std::string(object.interface_name) + (reason.empty() ? "" : ": ") +
                         std::string(reason));
        EXPECT_FALSE(object.uri.empty());
        peer_ = object.peer.empty() ? peer_ : std::string(object.peer);
    }
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
    std::string peer_;
};

class FailingHandler final : public TrackingHandler {
    void marshaled(const TrackedObject&) override { throw std::runtime_error("out of ink"); }
};

using Tracking = Factories;

INSTANTIATE_TEST_SUITE_P(Contract, Tracking, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Tracking, TellsOfObjectsThatAreSentReceivedAndGone)
{
    const auto here = std::make_shared<Diary>();
    const auto there = std::make_shared<Diary>();
    Lines lines;
    ServerOptions server_options = place().server_options();
    server_options.tracking_handlers = {std::make_shared<FailingHandler>(), here};
    server_options.log = lines.log();
    ClientOptions client_options = place().client_options();
    client_options.tracking_handlers = {there};
    rig(server_options, client_options);
    server().register_singleton<Counter>("counter", make_counter());
    {
        const auto self = counter("counter")->Self();
        EXPECT_TRUE(here->says("marshaled contract.Counter")) << here->text();
        EXPECT_TRUE(there->says("unmarshaled contract.Counter")) << there->text();
        EXPECT_FALSE(here->last_peer().empty());
        EXPECT_TRUE(lines.say("a tracking handler threw: out of ink")) << lines.text();
    }
    server().withdraw("counter");
    EXPECT_TRUE(here->says("disconnected contract.Counter: withdrawn")) << here->text();
    server().publish<Shelf>("shelf", std::make_shared<ShelfServant>());
    class Item final : public Node {
    public:
        std::string get_Label() override { return "item"; }
        void set_Label(const std::string&) override {}
        std::shared_ptr<Node> get_Next() override { return nullptr; }
        void set_Next(const std::shared_ptr<Node>&) override {}
    };
    EXPECT_EQ(client().get_object<Shelf>(rig().url_of("shelf"))->LabelOf(std::make_shared<Item>()), "item");
    EXPECT_TRUE(there->says("marshaled contract.Node")) << there->text();
    EXPECT_TRUE(here->says("unmarshaled contract.Node")) << here->text();
    EXPECT_TRUE(eventually([&] { return there->says("disconnected contract.Node: released by its client"); }))
        << there->text();
}

}  // namespace
}  // namespace contract
