// SPDX-License-Identifier: BSL-1.0
#include "calls_servant.hpp"

#include "errors.hpp"
#include "way.hpp"

#include <functional>
#include <mutex>
#include <stdexcept>

namespace contract {
namespace {

using remoting::ErrorCode;
using remoting::Executed;
using remoting::FunctionRef;
using remoting::MethodCall;
using remoting::RemoteException;
using remoting::RemotingError;
using remoting::test::contains;
using remoting::test::expect_error;
using remoting::test::Rig;
using remoting::test::thrown;

/// What sinks write into, in the order in which it happens.
class Journal final {
public:
    void write(const std::string& line)
    {
        const std::lock_guard lock(mutex_);
        lines_.push_back(line);
    }
    std::vector<std::string> lines() const
    {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

class Writer final : public remoting::MessageSink {
public:
    Writer(Journal& journal, std::string name) : journal_(journal), name_(std::move(name)) {}
    void process(MethodCall& call, FunctionRef<void()> next) override
    {
        journal_.write(name_ + " before " + std::string(call.method.name));
        next();
        journal_.write(name_ + " after " + std::string(call.method.name));
    }

private:
    Journal& journal_;
    std::string name_;
};

/// Does what the test says.
class Acting final : public remoting::MessageSink {
public:
    using Action = std::function<void(MethodCall&, FunctionRef<void()>)>;
    explicit Acting(Action action) : action_(std::move(action)) {}
    void process(MethodCall& call, FunctionRef<void()> next) override { action_(call, next); }

private:
    Action action_;
};

std::byte times(std::byte byte, unsigned factor)
{
    return static_cast<std::byte>(std::to_integer<unsigned>(byte) * factor);
}

/// Two with different keys must be undone in the right order, because of the factor.
class Xor final : public remoting::ByteSink {
public:
    Xor(Journal& journal, std::string name, std::byte key) : journal_(journal), name_(std::move(name)), key_(key) {}
    void outgoing(remoting::Buffer& payload) override
    {
        journal_.write(name_ + " out");
        for (std::size_t i = 0; i < payload.size(); ++i) {
            payload.data()[i] = times(payload.data()[i], 3) ^ key_;
        }
    }
    void incoming(std::span<const std::byte> received, remoting::Buffer& payload) override
    {
        journal_.write(name_ + " in");
        for (const std::byte byte : received) {
            const std::byte plain = times(byte ^ key_, 171);  // 3 * 171 is 1, modulo 256
            payload.append(std::span(&plain, 1));
        }
    }

private:
    Journal& journal_;
    std::string name_;
    std::byte key_;
};

/// Throws where it is told to.
class Failing final : public remoting::ByteSink {
public:
    explicit Failing(bool on_way_out) : on_way_out_(on_way_out) {}
    void outgoing(remoting::Buffer&) override
    {
        if (on_way_out_) {
            throw std::runtime_error("cannot send");
        }
    }
    void incoming(std::span<const std::byte> received, remoting::Buffer& payload) override
    {
        if (!on_way_out_) {
            throw std::runtime_error("cannot receive");
        }
        payload.append(received);
    }

private:
    bool on_way_out_;
};

class Sinks : public remoting::test::ChannelTest {
protected:
    std::shared_ptr<Control> make() { return rig(server_options, client_options).serve<Control>(servant); }
    void on_server(Acting::Action action)
    {
        server_options.message_sinks.push_back(std::make_shared<Acting>(std::move(action)));
    }
    void on_client(Acting::Action action)
    {
        client_options.message_sinks.push_back(std::make_shared<Acting>(std::move(action)));
    }

    Journal journal;
    std::shared_ptr<ControlServant> servant = std::make_shared<ControlServant>();
    remoting::ServerOptions server_options = place().server_options();
    remoting::ClientOptions client_options = place().client_options();
};

INSTANTIATE_TEST_SUITE_P(Contract, Sinks, remoting::test::every_channel(), remoting::test::name_of);

TEST_P(Sinks, AreCalledInTheOrderWrittenOnBothSides)
{
    client_options.message_sinks = {std::make_shared<Writer>(journal, "client outer"),
                                    std::make_shared<Writer>(journal, "client inner")};
    server_options.message_sinks = {std::make_shared<Writer>(journal, "server outer"),
                                    std::make_shared<Writer>(journal, "server inner")};
    servant->action = [&] { journal.write("servant"); };
    make()->Do();
    EXPECT_EQ(journal.lines(),
              (std::vector<std::string>{"client outer before Do", "client inner before Do", "server outer before Do",
                                        "server inner before Do", "servant", "server inner after Do",
                                        "server outer after Do", "client inner after Do", "client outer after Do"}));
}

TEST_P(Sinks, SeeWhatTheCallIsAbout)
{
    on_client([&](MethodCall& call, FunctionRef<void()> next) {
        EXPECT_EQ(call.interface.name, "contract.Control");
        EXPECT_EQ(call.method.name, "Add");
        EXPECT_EQ(call.object, "object1");
        EXPECT_EQ(call.address, rig().url());
        EXPECT_FALSE(call.on_server);
        EXPECT_EQ(*static_cast<std::int32_t*>(call.values[0]), 1);
        EXPECT_EQ(call.method.parameters[1].name, "b");
        next();
        EXPECT_EQ(*static_cast<std::int32_t*>(call.values[2]), 3);
    });
    on_server([&](MethodCall& call, FunctionRef<void()> next) {
        EXPECT_EQ(call.interface.name, "contract.Control");
        EXPECT_EQ(call.method.name, "Add");
        EXPECT_EQ(call.object, "object1");
        EXPECT_TRUE(call.on_server);
        EXPECT_EQ(*static_cast<std::int32_t*>(call.values[1]), 2);
        next();
        EXPECT_EQ(*static_cast<std::int32_t*>(call.values[2]), 3);
    });
    EXPECT_EQ(make()->Add(1, 2), 3);
}

TEST_P(Sinks, CanChangeArgumentsAndResults)
{
    on_server([](MethodCall& call, FunctionRef<void()> next) {
        if (call.method.name == "Add") {
            *static_cast<std::int32_t*>(call.values[0]) *= 10;
            next();
            *static_cast<std::int32_t*>(call.values[2]) += 1000;
        } else {
            next();
        }
    });
    on_client([](MethodCall& call, FunctionRef<void()> next) {
        next();
        if (call.method.name == "Swap") {
            *static_cast<std::string*>(call.values[0]) += "!";
        }
    });
    const auto control = make();
    EXPECT_EQ(control->Add(1, 2), 1012);
    std::string a = "a";
    std::string b = "b";
    control->Swap(a, b);
    EXPECT_EQ(a, "b!");
    EXPECT_EQ(b, "a");
}

TEST_P(Sinks, CanAnswerWithoutTheServant)
{
    on_server([](MethodCall& call, FunctionRef<void()> next) {
        if (call.method.name == "Add") {
            *static_cast<std::int32_t*>(call.values[2]) = 77;
        } else {
            next();
        }
    });
    servant->action = [] { FAIL() << "the servant was called"; };
    on_client([](MethodCall& call, FunctionRef<void()> next) {
        if (call.method.name != "Do") {
            next();
        }
    });
    const auto control = make();
    EXPECT_EQ(control->Add(1, 2), 77);
    control->Do();
}

TEST_P(Sinks, OfAClientCanRefuse)
{
    on_client([](MethodCall& call, FunctionRef<void()> next) {
        if (call.method.name == "Do") {
            throw RemotingError(ErrorCode::permission_denied, Executed::no, "not today");
        }
        if (call.method.name == "Fill") {
            throw std::logic_error("as itself");
        }
        next();
    });
    servant->action = [] { FAIL() << "the servant was called"; };
    const auto control = make();
    const auto error = expect_error(ErrorCode::permission_denied, Executed::no, [&] { control->Do(); });
    EXPECT_EQ(error.cause(), "not today");
    EXPECT_THROW(control->Fill(1), std::logic_error);
    EXPECT_EQ(control->Add(1, 2), 3);
}

TEST_P(Sinks, OfAServerCanRefuse)
{
    on_server([](MethodCall& call, FunctionRef<void()> next) {
        if (call.method.name == "Do") {
            throw RemotingError(ErrorCode::permission_denied, Executed::no, "not today");
        }
        if (call.method.name == "Fill") {
            throw std::logic_error("undeclared");
        }
        next();
    });
    servant->action = [] { FAIL() << "the servant was called"; };
    const auto control = make();
    const auto error = expect_error(ErrorCode::permission_denied, Executed::no, [&] { control->Do(); });
    EXPECT_EQ(error.cause(), "not today");
    EXPECT_EQ(error.method(), "contract.Control.Do");
    const auto undeclared = thrown<RemoteException>([&] { control->Fill(1); });
    EXPECT_TRUE(undeclared && undeclared->executed() == Executed::no) << "the servant was not entered";
    EXPECT_EQ(control->Add(1, 2), 3);
}

TEST_P(Sinks, SeeErrorsPassAndCanReplaceThem)
{
    servant->action = [] { throw std::runtime_error("of the servant"); };
    std::string seen;
    on_server([&](MethodCall&, FunctionRef<void()> next) {
        try {
            next();
        } catch (const std::runtime_error& error) {
            seen = error.what();
            throw;
        }
    });
    on_client([](MethodCall&, FunctionRef<void()> next) {
        try {
            next();
        } catch (const RemoteException&) {
            throw std::domain_error("translated");
        }
    });
    EXPECT_THROW(make()->Do(), std::domain_error);
    EXPECT_EQ(seen, "of the servant");
}

TEST_P(Sinks, OfBytesAreCalledInTheOrderWrittenAndReversedOnTheWayIn)
{
    const auto both = [&](const std::string& side) {
        return remoting::ByteSinks{std::make_shared<Xor>(journal, side + " 1", std::byte{0x5A}),
                                   std::make_shared<Xor>(journal, side + " 2", std::byte{0xC3})};
    };
    client_options.byte_sinks = both("client");
    server_options.byte_sinks = both("server");
    const auto control = make();
    EXPECT_EQ(control->Add(1, 2), 3);
    EXPECT_EQ(journal.lines(),
              (std::vector<std::string>{"client 1 out", "client 2 out", "server 2 in", "server 1 in", "server 1 out",
                                        "server 2 out", "client 2 in", "client 1 in"}));
    EXPECT_EQ(control->Fill(100'000), servant->Fill(100'000));
    EXPECT_EQ(control->Measure(servant->Fill(100'000)), 100'000U);
    control->Note(1, 5);
    EXPECT_EQ(control->Ask(1, 6), 6);
    EXPECT_EQ(servant->noted(1), (std::vector<std::int32_t>{5, 6}));
}

TEST_P(Sinks, OfBytesDoNotDisturbErrorsAndCallbacks)
{
    const auto sinks = [&] { return remoting::ByteSinks{std::make_shared<Xor>(journal, "", std::byte{0x99})}; };
    client_options.byte_sinks = sinks();
    server_options.byte_sinks = sinks();
    servant->action = [] { throw std::runtime_error("of the servant"); };
    const auto control = make();
    EXPECT_THROW(control->Do(), RemoteException);
    expect_error(ErrorCode::object_not_found, Executed::no,
                 [&] { rig().client().get_object<Control>(rig().url_of("nobody"))->Do(); });
    EXPECT_EQ(control->Relay(std::make_shared<ControlServant>(), 8), 9);
}

TEST_P(Sinks, OfBytesThatOnlyOneSideHasFailTheCallAndNothingElse)
{
    client_options.byte_sinks = {std::make_shared<Xor>(journal, "", std::byte{0x99})};
    const auto control = make();
    const auto error = thrown<RemotingError>([&] { control->Measure(remoting::Bytes(100, std::byte{1})); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(error->code() == ErrorCode::invalid_payload || error->code() == ErrorCode::limit_exceeded)
        << error->what();
    EXPECT_EQ(error->executed(), Executed::no);
    remoting::Client plain(place().client_options());
    EXPECT_EQ(plain.get_object<Control>(rig().url_of("object1"))->Add(1, 2), 3);
    EXPECT_THROW(control->Measure(remoting::Bytes(100, std::byte{1})), RemotingError);
}

TEST_P(Sinks, OfBytesThatThrowFailTheCallAndNothingElse)
{
    servant->action = [] { FAIL() << "the servant was called"; };
    {
        auto options = place().client_options();
        options.byte_sinks = {std::make_shared<Failing>(true)};
        Rig unsent(place(), place().server_options(), std::move(options));
        EXPECT_THROW(unsent.serve<Control>(servant)->Do(), std::runtime_error);
    }
    {
        auto options = place().server_options();
        options.byte_sinks = {std::make_shared<Failing>(false)};
        Rig undecodable(place(), std::move(options), place().client_options());
        const auto control = undecodable.serve<Control>(servant);
        for (int i = 0; i < 2; ++i) {
            expect_error(ErrorCode::invalid_payload, Executed::no, [&] { control->Do(); });
        }
    }
    servant->action = [] {};
    {
        auto options = place().server_options();
        options.byte_sinks = {std::make_shared<Failing>(true)};
        Rig no_reply(place(), std::move(options), place().client_options());
        const auto error = thrown<RemoteException>([&] { no_reply.serve<Control>(servant)->Do(); });
        EXPECT_TRUE(error && error->executed() == Executed::yes);
    }
    {
        auto options = place().client_options();
        options.byte_sinks = {std::make_shared<Failing>(false)};
        Rig unreadable(place(), place().server_options(), std::move(options));
        const auto control = unreadable.serve<Control>(servant);
        for (int i = 0; i < 2; ++i) {
            expect_error(ErrorCode::invalid_payload, Executed::yes, [&] { control->Do(); });
        }
    }
}

}  // namespace
}  // namespace contract
