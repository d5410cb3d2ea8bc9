// SPDX-License-Identifier: BSL-1.0
#include "objects_servants.hpp"
#include "values_servant.hpp"

#include "errors.hpp"
#include "waiting.hpp"
#include "way.hpp"

#include <chrono>
#include <stdexcept>

// A reference is counted when it is sent. What nobody decodes must be given back, too, and at once: the connections of
// these tests stay open.

namespace contract {
namespace {

using remoting::ErrorCode;
using remoting::Executed;
using remoting::RemotingError;
using remoting::test::eventually;
using remoting::test::expect_error;
using remoting::test::Gate;
using remoting::test::Tally;
using remoting::test::thrown;

/// Returns new objects when the gate opens; who has them is all that keeps them alive.
class LateShelf final : public Shelf {
public:
    void Put(const std::shared_ptr<Node>& /*node*/) override {}
    std::shared_ptr<Node> Take() override
    {
        entered.add();
        EXPECT_TRUE(leave.wait());
        return std::make_shared<Made>(made);
    }
    std::string LabelOf(const std::shared_ptr<Node>& node) override { return node->get_Label(); }
    void PutAll(const Family& /*family*/) override {}
    Family TakeAll() override
    {
        const auto node = std::make_shared<Made>(made);
        return {.head = node,
                .members = {node, std::make_shared<Made>(made)},
                .by_name = {{std::string(name_size, 'x'), node}}};
    }
    bool AreSame(const std::shared_ptr<Node>& /*a*/, const std::shared_ptr<Node>& /*b*/) override { return false; }
    std::shared_ptr<Node> Broken() override { return nullptr; }

    const std::shared_ptr<LiveCount> made = std::make_shared<LiveCount>();
    Tally entered;
    Gate leave;
    std::size_t name_size = 1;

private:
    class Made final : public Node {
    public:
        explicit Made(std::shared_ptr<LiveCount> count) : counted_(std::move(count)) {}
        std::string get_Label() override { return "made"; }
        void set_Label(const std::string& /*value*/) override {}
        std::shared_ptr<Node> get_Next() override { return nullptr; }
        void set_Next(const std::shared_ptr<Node>& /*value*/) override {}

    private:
        Counted counted_;
    };
};

/// Understands nothing that it receives.
class Deaf final : public remoting::ByteSink {
public:
    void outgoing(remoting::Buffer& /*payload*/) override {}
    void incoming(std::span<const std::byte> /*received*/, remoting::Buffer& /*payload*/) override
    {
        throw std::runtime_error("deaf");
    }
};

class UndeliveredReferences : public remoting::test::ChannelTest {
protected:
    void TearDown() override
    {
        servant->leave.open();
        ChannelTest::TearDown();
    }

    std::shared_ptr<LateShelf> servant = std::make_shared<LateShelf>();
};

INSTANTIATE_TEST_SUITE_P(Contract, UndeliveredReferences, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(UndeliveredReferences, InAReplyThatCameTooLateAreGivenBack)
{
    const auto shelf = rig().serve<Shelf>(servant, {.concurrency = remoting::Concurrency::concurrent});
    const auto hurried = remoting::with_deadline(shelf, std::chrono::milliseconds(20));
    do {  // on a busy machine a call may not get that far in time
        const auto error = thrown<RemotingError>([&] { hurried->Take(); });
        ASSERT_TRUE(error && error->code() == ErrorCode::deadline_exceeded);
    } while (servant->entered.value() == 0);
    servant->leave.open();
    EXPECT_TRUE(eventually([&] { return servant->made->made() == servant->entered.value(); }));
    EXPECT_TRUE(servant->made->wait_until_alive(0));
    EXPECT_EQ(shelf->Take()->get_Label(), "made") << "the connection goes on";
}

TEST_P(UndeliveredReferences, InAReplyThatIsTooLongAreTakenBack)
{
    auto options = place().client_options();
    options.limits.message_size = 64 * 1024;
    const auto shelf = rig(place().server_options(), std::move(options)).serve<Shelf>(servant);
    servant->name_size = 100'000;
    expect_error(ErrorCode::limit_exceeded, Executed::yes, [&] { shelf->TakeAll(); });
    EXPECT_EQ(servant->made->made(), 2);
    EXPECT_TRUE(servant->made->wait_until_alive(0));
    servant->name_size = 1;
    EXPECT_EQ(shelf->TakeAll().head->get_Label(), "made");
}

TEST_P(UndeliveredReferences, InAReplyThatDoesNotDecodeAreGivenBack)
{
    auto options = place().client_options();
    options.byte_sinks.push_back(std::make_shared<Deaf>());
    const auto shelf = rig(place().server_options(), std::move(options)).serve<Shelf>(servant);
    expect_error(ErrorCode::invalid_payload, Executed::yes, [&] { shelf->TakeAll(); });
    EXPECT_EQ(servant->made->made(), 2);
    EXPECT_TRUE(servant->made->wait_until_alive(0));
}

TEST_P(UndeliveredReferences, InARefusedRequestAreGivenBack)
{
    const auto node = std::make_shared<NodeServant>("node");
    rig().serve<Shelf>(servant);
    const auto nobody = rig().client().get_object<Shelf>(rig().url_of("nobody"));
    expect_error(ErrorCode::object_not_found, Executed::no, [&] { nobody->Put(node); });
    EXPECT_TRUE(eventually([&] { return node.use_count() == 1; }));
}

TEST_P(UndeliveredReferences, InARequestThatDoesNotDecodeAreGivenBack)
{
    auto options = place().server_options();
    options.byte_sinks.push_back(std::make_shared<Deaf>());
    const auto shelf = rig(std::move(options), place().client_options()).serve<Shelf>(servant);
    const auto node = std::make_shared<NodeServant>("node");
    expect_error(ErrorCode::invalid_payload, Executed::no, [&] { shelf->Put(node); });
    EXPECT_TRUE(eventually([&] { return node.use_count() == 1; }));
}

TEST_P(UndeliveredReferences, InARequestThatIsTooLongAreTakenBackAtOnce)
{
    const auto shelf = rig().serve<Shelf>(servant);
    const auto node = std::make_shared<NodeServant>("node");
    const Family family{.head = node, .members = {node}, .by_name = {{std::string(5'000'000, 'x'), node}}};
    const long before = node.use_count();
    shelf->Put(nullptr);
    expect_error(ErrorCode::limit_exceeded, Executed::no, [&] { shelf->PutAll(family); });
    EXPECT_EQ(node.use_count(), before);
}

TEST_P(UndeliveredReferences, InARequestThatDoesNotEncodeAreTakenBackAtOnce)
{
    const auto shelf = rig().serve<Shelf>(servant);
    const auto node = std::make_shared<NodeServant>("node");
    const Family family{.head = node, .members = {node}, .by_name = {{"\xFF", node}}};
    const long before = node.use_count();
    shelf->Put(nullptr);
    expect_error(ErrorCode::invalid_argument, Executed::no, [&] { shelf->PutAll(family); });
    EXPECT_EQ(node.use_count(), before);
}

TEST_P(UndeliveredReferences, DoNotTakeAnythingFromThoseThatWereDelivered)
{
    const auto shelf = rig().serve<Shelf>(std::make_shared<ShelfServant>());
    const auto node = std::make_shared<NodeServant>("node");
    shelf->Put(node);
    const Family family{.head = node, .members = {node}, .by_name = {{"\xFF", node}}};
    const auto nobody = rig().client().get_object<Shelf>(rig().url_of("nobody"));
    for (int i = 0; i < 100; ++i) {
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { shelf->PutAll(family); });
        expect_error(ErrorCode::object_not_found, Executed::no, [&] { nobody->Put(node); });
    }
    EXPECT_EQ(shelf->LabelOf(node), "node");
    EXPECT_EQ(remoting::local_object(shelf->Take()), node) << "the server has it still";
}

}  // namespace
}  // namespace contract
