// SPDX-License-Identifier: BSL-1.0
#include "objects_servants.hpp"
#include "values_servant.hpp"

#include "errors.hpp"
#include "process_usage.hpp"
#include "threads.hpp"
#include "way.hpp"

#include <mutex>

namespace contract {
namespace {

using remoting::Client;
using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::local_object;
using remoting::same_object;
using remoting::Server;
using remoting::test::at;
using remoting::test::contains;
using remoting::test::eventually;
using remoting::test::expect_error;
using remoting::test::Rig;
using remoting::test::run_at_once;
using remoting::test::thrown;

class DocumentServant final : public Document {
public:
    std::string get_Name() override { return "document"; }
    std::string Draw() override { return "drawn"; }
    std::string Store() override { return "stored"; }
    std::string Print() override { return "printed"; }
};

class LibraryServant final : public Library {
public:
    std::shared_ptr<Document> Open() override { return document_; }
    std::shared_ptr<Named> AsNamed(const std::shared_ptr<Storable>& document) override { return document; }
    std::string Describe(const std::shared_ptr<Named>& named) override
    {
        const auto document = std::dynamic_pointer_cast<Document>(named);
        return named->get_Name() + (document != nullptr ? " " + document->Print() : "");
    }

private:
    std::shared_ptr<Document> document_ = std::make_shared<DocumentServant>();
};

class ReferencesOfEveryWay : public remoting::test::WayTest {};

INSTANTIATE_TEST_SUITE_P(Contract, ReferencesOfEveryWay, remoting::test::every_way(), remoting::test::name_of);

TEST_P(ReferencesOfEveryWay, ArePassedAsParameterAndResult)
{
    const auto shelf = serve<Shelf>(std::make_shared<ShelfServant>());
    const auto node = std::make_shared<NodeServant>("mine");
    EXPECT_EQ(shelf->LabelOf(node), "mine");
    shelf->Put(node);
    EXPECT_EQ(local_object(shelf->Take()), node) << "what comes home is the object";
    EXPECT_EQ(shelf->Take(), nullptr);
    shelf->Put(nullptr);
    EXPECT_EQ(shelf->Take(), nullptr);
}

TEST_P(ReferencesOfEveryWay, ArePassedInsideStructsListsAndMaps)
{
    const auto shelf = serve<Shelf>(std::make_shared<ShelfServant>());
    const auto a = std::make_shared<NodeServant>("a");
    const auto b = std::make_shared<NodeServant>("b");
    shelf->PutAll({.head = a, .members = {a, b, a}, .by_name = {{"none", nullptr}, {"b", b}}});
    const Family family = shelf->TakeAll();
    EXPECT_EQ(local_object(family.head), a);
    ASSERT_EQ(family.members.size(), 3U);
    EXPECT_EQ(local_object(family.members[0]), a);
    EXPECT_EQ(local_object(family.members[1]), b);
    EXPECT_EQ(family.members[2], family.members[0]) << "one object, one identity";
    EXPECT_EQ(family.by_name.at("none"), nullptr);
    EXPECT_EQ(local_object(family.by_name.at("b")), b);
}

TEST_P(ReferencesOfEveryWay, AreTheSameObjectHoweverOftenTheyArePassed)
{
    const auto shelf = serve<Shelf>(std::make_shared<ShelfServant>());
    const auto a = std::make_shared<NodeServant>("a");
    const auto b = std::make_shared<NodeServant>("b");
    EXPECT_TRUE(shelf->AreSame(a, a));
    EXPECT_FALSE(shelf->AreSame(a, b));
    EXPECT_FALSE(shelf->AreSame(a, nullptr));
    EXPECT_TRUE(shelf->AreSame(nullptr, nullptr));
}

TEST_P(ReferencesOfEveryWay, CanBeCalledThroughEveryInterfaceOfADiamond)
{
    const auto document = serve<Document>(std::make_shared<DocumentServant>());
    EXPECT_EQ(document->get_Name(), "document");
    EXPECT_EQ(document->Draw(), "drawn");
    EXPECT_EQ(document->Store(), "stored");
    EXPECT_EQ(document->Print(), "printed");
    const std::shared_ptr<Drawable> drawable = document;
    const std::shared_ptr<Storable> storable = document;
    const std::shared_ptr<Named> named = drawable;
    EXPECT_EQ(drawable->Draw(), "drawn");
    EXPECT_EQ(storable->Store(), "stored");
    EXPECT_EQ(named->get_Name(), "document");
    EXPECT_TRUE(same_object(drawable, storable));
}

TEST_P(ReferencesOfEveryWay, CanBePassedAsTheirBases)
{
    const auto library = serve<Library>(std::make_shared<LibraryServant>());
    const auto document = library->Open();
    EXPECT_EQ(document->Draw(), "drawn");
    EXPECT_EQ(library->Describe(document), "document printed") << "at home it is the whole object again";
    const auto named = library->AsNamed(document);
    EXPECT_EQ(named->get_Name(), "document");
    EXPECT_TRUE(same_object(named, document));
    EXPECT_EQ(library->Describe(named), "document printed");
}

class References : public remoting::test::ChannelTest {};

INSTANTIATE_TEST_SUITE_P(Contract, References, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(References, ThatMustNotBeNullAreRefusedBeforeTheyAreSent)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    const auto error = expect_error(ErrorCode::invalid_argument, Executed::no, [&] { shelf->LabelOf(nullptr); });
    EXPECT_TRUE(contains(error.what(), "node")) << error.what();
    const auto broken = thrown<remoting::RemoteException>([&] { shelf->Broken(); });
    EXPECT_TRUE(broken && broken->executed() == Executed::yes);
    EXPECT_EQ(shelf->Take(), nullptr);
}

TEST_P(References, ThatMustNotBeNullAreRefusedWithinContainersToo)
{
    const auto servant = std::make_shared<ShelfServant>();
    const auto shelf = rig().serve<Shelf>(servant);
    const auto node = std::make_shared<NodeServant>("node");
    const Family hollow{.head = nullptr, .members = {node, nullptr}, .by_name = {}};
    const auto error = expect_error(ErrorCode::invalid_argument, Executed::no, [&] { shelf->PutAll(hollow); });
    EXPECT_TRUE(contains(error.what(), "members")) << error.what();
    servant->PutAll(hollow);
    const auto broken = thrown<remoting::RemoteException>([&] { shelf->TakeAll(); });
    EXPECT_TRUE(broken && broken->executed() == Executed::yes);
    const Family whole{.head = nullptr, .members = {node}, .by_name = {{"none", nullptr}}};
    shelf->PutAll(whole);
    EXPECT_EQ(shelf->TakeAll().by_name, whole.by_name) << "where the IDL says Node? there may be nulls";
    const auto values = rig().serve<Values>(std::make_shared<ValuesServant>());
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { values->set_Nodes({nullptr}); });
}

TEST_P(References, AnObjectIsReleasedWhenTheServerDropsItsProxy)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    std::weak_ptr<Node> alive;
    {
        const auto node = std::make_shared<NodeServant>("node");
        alive = node;
        shelf->Put(node);
    }
    EXPECT_FALSE(alive.expired()) << "the server holds it";
    shelf->Put(nullptr);
    EXPECT_TRUE(eventually([&] { return alive.expired(); }));
}

TEST_P(References, AnObjectIsReleasedWhenTheServerGoes)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    std::weak_ptr<Node> alive;
    {
        const auto node = std::make_shared<NodeServant>("node");
        alive = node;
        shelf->Put(node);
    }
    rig().destroy_server();
    EXPECT_TRUE(eventually([&] { return alive.expired(); }));
}

TEST_P(References, AServerIsToldWhenTheClientOfAReferenceIsGone)
{
    const auto servant = std::make_shared<ShelfServant>();
    rig().serve<Shelf>(servant)->Put(std::make_shared<NodeServant>("node"));
    rig().destroy_client();
    const auto error = thrown<RemotingError>([&] { servant->node()->get_Label(); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::object_not_found || error->code() == ErrorCode::connection_lost)
        << error->what();
    EXPECT_EQ(error->method(), "contract.Node.get_Label");
}

TEST_P(References, SurviveBeingPassedBackAndForthAThousandTimes)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    std::shared_ptr<Node> node = std::make_shared<NodeServant>("node");
    const std::weak_ptr<Node> alive = node;
    const auto* const original = node.get();
    for (int i = 0; i < 1000; ++i) {
        shelf->Put(node);
        node.reset();
        node = shelf->Take();
        ASSERT_EQ(local_object(node).get(), original) << i;
    }
    node.reset();
    EXPECT_TRUE(eventually([&] { return alive.expired(); }));
}

TEST_P(References, SurviveBeingPassedByManyThreadsAtOnce)
{
    constexpr int rounds = 300;
    const auto node = std::make_shared<NodeServant>("node");
    const std::weak_ptr<Node> alive = node;
    std::vector<std::shared_ptr<Shelf>> shelves;
    for (int i = 0; i < 8; ++i) {
        shelves.push_back(rig().serve<Shelf>(std::make_shared<ShelfServant>()));
    }
    run_at_once(8, [&](int thread) {
        Shelf& shelf = *shelves[static_cast<std::size_t>(thread)];
        for (int i = 0; i < rounds; ++i) {
            shelf.Put(node);
            ASSERT_EQ(shelf.LabelOf(node), "node");
            ASSERT_EQ(local_object(shelf.Take()), node);
        }
    });
    EXPECT_TRUE(eventually([&] { return alive.use_count() == 1; })) << "references to it are left";
}

/// A shelf for many threads, whose node stays when it is taken.
class SharedShelf final : public Shelf {
public:
    explicit SharedShelf(std::shared_ptr<Node> own) : own_(std::move(own)) {}

    void Put(const std::shared_ptr<Node>& node) override
    {
        std::shared_ptr<Node> before = node;  // let go of outside the lock
        const std::lock_guard lock(mutex_);
        before.swap(node_);
    }
    std::shared_ptr<Node> Take() override { return own_; }
    std::string LabelOf(const std::shared_ptr<Node>& node) override { return node->get_Label(); }
    void PutAll(const Family&) override {}
    Family TakeAll() override { return {}; }
    bool AreSame(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) override { return a == b; }
    std::shared_ptr<Node> Broken() override { return nullptr; }

private:
    const std::shared_ptr<Node> own_;
    std::mutex mutex_;
    std::shared_ptr<Node> node_;
};

TEST_P(References, MayBeReleasedWhileTheyAreCalledPassedAgainOrLoseTheirConnection)
{
    const int rounds = remoting::test::is_slowed_down ? 100 : 400;
    const auto theirs = std::make_shared<NodeServant>("theirs");
    const auto mine = std::make_shared<NodeServant>("mine");
    rig().server().publish<Shelf>("shelf", std::make_shared<SharedShelf>(theirs),
                                  {.concurrency = remoting::Concurrency::concurrent});
    const auto shelf = rig().client().get_object<Shelf>(rig().url_of("shelf"));
    run_at_once(6, [&](int thread) {
        for (int i = 0; i < rounds; ++i) {
            if (thread < 2) {  // the proxy goes with each round, while the other thread gets it again
                ASSERT_EQ(shelf->Take()->get_Label(), "theirs");
            } else if (thread <
                       4) {  // the server's proxy goes with the next Put, while others send it again and call it
                shelf->Put(mine);
                ASSERT_EQ(shelf->LabelOf(mine), "mine");
            } else {  // references to the same objects, held by a client that leaves
                Client passing(place().client_options());
                const auto seen = passing.get_object<Shelf>(rig().url_of("shelf"));
                const auto held = seen->Take();
                seen->Put(std::make_shared<NodeServant>("passing"));
                ASSERT_EQ(seen->LabelOf(held), "theirs");
                i += 9;
            }
        }
    });
    EXPECT_EQ(shelf->Take()->get_Label(), "theirs");
    shelf->Put(nullptr);
    EXPECT_TRUE(eventually([&] { return mine.use_count() == 1; })) << "references to it are left";
    EXPECT_TRUE(eventually([&] { return theirs.use_count() == 2; })) << "more than the shelf's and this one";
}

TEST_P(References, ToAPublishedObjectComeHomeAsTheObjectItself)
{
    const auto servant = std::make_shared<CounterServant>(std::make_shared<LiveCount>());
    const auto counter = rig().serve<Counter>(servant);
    EXPECT_TRUE(counter->Is(counter));
    EXPECT_TRUE(counter->Is(counter->Self()));
    EXPECT_TRUE(same_object(counter, counter->Self()));
    EXPECT_EQ(remoting::object_url(*counter->Self()), remoting::object_url(*counter));
}

TEST_P(References, ToAnotherObjectOfTheServerComeHomeWithoutHavingBeenCalled)
{
    rig().server().publish<Node>("node", std::make_shared<NodeServant>("node"));
    const auto shelf_servant = std::make_shared<ShelfServant>();
    const auto shelf = rig().serve<Shelf>(shelf_servant);
    shelf->Put(rig().client().get_object<Node>(rig().url_of("node")));
    ASSERT_NE(shelf_servant->node(), nullptr);
    EXPECT_FALSE(remoting::is_proxy(*shelf_servant->node()));
}

TEST_P(References, ToASingletonAreTheSameObjectAsItsName)
{
    rig().server().register_singleton<Counter>(
        "counter", [] { return std::make_shared<CounterServant>(std::make_shared<LiveCount>()); });
    const auto counter = rig().client().get_object<Counter>(rig().url_of("counter"));
    const auto self = counter->Self();
    EXPECT_TRUE(counter->Is(self));
    EXPECT_TRUE(counter->Is(counter));
    EXPECT_TRUE(same_object(counter, self));
}

TEST_P(References, ToAClientActivatedObjectAreTheSameObject)
{
    rig().server().register_activated<Account>([](std::string owner, std::int64_t balance) {
        return std::make_shared<AccountServant>(std::make_shared<LiveCount>(), std::move(owner), balance);
    });
    const auto ada = rig().client().create_object<Account>(rig().url(), "Ada", 0);
    const auto ben = rig().client().create_object<Account>(rig().url(), "Ben", 0);
    EXPECT_TRUE(same_object(ada, ada->Self()));
    EXPECT_FALSE(same_object(ada, ben->Self()));
    EXPECT_TRUE(ada->Is(ada->Self()));
    EXPECT_TRUE(ada->Is(ada));
    EXPECT_FALSE(ada->Is(ben));
}

TEST_P(References, OfOneUrlAreTheSameObject)
{
    rig().server().publish<Node>("a", std::make_shared<NodeServant>());
    rig().server().publish<Node>("b", std::make_shared<NodeServant>());
    const auto a = rig().client().get_object<Node>(rig().url_of("a"));
    const auto again = rig().client().get_object<Node>(rig().url_of("a"));
    const auto b = rig().client().get_object<Node>(rig().url_of("b"));
    EXPECT_TRUE(same_object(a, again));
    EXPECT_TRUE(same_object(a, remoting::with_deadline(a, std::chrono::seconds(1))));
    EXPECT_FALSE(same_object(a, b));
    EXPECT_FALSE(same_object(a, nullptr));
    EXPECT_FALSE(same_object(nullptr, a));
    EXPECT_TRUE(same_object(nullptr, nullptr));
    EXPECT_FALSE(same_object(a, std::make_shared<NodeServant>()));
}

TEST_P(References, TellWhereTheirObjectIs)
{
    const auto node = rig().serve<Node>(std::make_shared<NodeServant>());
    EXPECT_TRUE(remoting::is_proxy(*node));
    EXPECT_EQ(remoting::object_url(*node), rig().url_of("object1"));
    const NodeServant local;
    EXPECT_FALSE(remoting::is_proxy(local));
    EXPECT_EQ(remoting::object_url(local), "");
}

TEST_P(References, FromOneClientReachAnotherThroughTheServer)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    Client other(place().client_options());
    const auto others_shelf = other.get_object<Shelf>(remoting::object_url(*shelf));
    const auto node = std::make_shared<NodeServant>("of the first client");
    shelf->Put(node);
    const auto borrowed = others_shelf->Take();
    ASSERT_NE(borrowed, nullptr);
    EXPECT_EQ(borrowed->get_Label(), "of the first client");
    borrowed->set_Label("changed by the second");
    EXPECT_EQ(node->get_Label(), "changed by the second");
    others_shelf->Put(borrowed);
    EXPECT_EQ(local_object(shelf->Take()), node) << "the circle closes at the object";
}

TEST_P(References, FromOneServerCanBeGivenToAnother)
{
    Rig second(place());
    const auto node = rig().serve<Node>(std::make_shared<NodeServant>("of the first server"));
    const auto shelf = second.serve<Shelf>(std::make_shared<ShelfServant>());
    EXPECT_EQ(shelf->LabelOf(node), "of the first server");
    shelf->Put(node);
    const auto back = shelf->Take();
    ASSERT_NE(back, nullptr);
    EXPECT_TRUE(same_object(back, node));
    EXPECT_EQ(back->get_Label(), "of the first server");
}

TEST_P(References, WorkAfterTheProxyTheyCameThroughIsGone)
{
    auto counter = rig().serve<Counter>(std::make_shared<CounterServant>(std::make_shared<LiveCount>()));
    const auto self = counter->Self();
    counter.reset();
    EXPECT_EQ(self->Next(), 1);
}

TEST_P(References, PassADiamondToAServerAsAnyOfItsBases)
{
    const auto library = rig().serve<Library>(std::make_shared<LibraryServant>());
    const auto mine = std::make_shared<DocumentServant>();
    EXPECT_EQ(library->Describe(mine), "document") << "to the server it is what the parameter's type says";
    EXPECT_TRUE(same_object(library->AsNamed(mine), mine)) << "and here the object";
}

TEST_P(References, OfTheWrongInterfaceFailAtTheirFirstCall)
{
    rig().server().publish<Node>("node", std::make_shared<NodeServant>());
    const auto counter = rig().client().get_object<Counter>(rig().url_of("node"));
    const auto error = expect_error(ErrorCode::interface_mismatch, Executed::no, [&] { counter->Next(); });
    EXPECT_TRUE(contains(error.what(), "contract.Node") && contains(error.what(), "contract.Counter")) << error.what();
    rig().server().publish<Document>("document", std::make_shared<DocumentServant>());
    EXPECT_EQ(rig().client().get_object<Storable>(rig().url_of("document"))->Store(), "stored");
    rig().server().publish<Named>("named", std::make_shared<DocumentServant>());
    const auto too_much = rig().client().get_object<Document>(rig().url_of("named"));
    expect_error(ErrorCode::interface_mismatch, Executed::no, [&] { too_much->get_Name(); });
}

}  // namespace
}  // namespace contract
