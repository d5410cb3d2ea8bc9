// SPDX-License-Identifier: BSL-1.0
#include "fakes.hpp"
#include "probe_servant.hpp"

#include <remoting/dispatch/dispatch_sink.hpp>
#include <remoting/dispatch/object_table.hpp>
#include <remoting/errors/exceptions.hpp>
#include <remoting/messaging/current_call.hpp>
#include <remoting/serialization/archive.hpp>
#include <remoting/sinks/client_formatter_sink.hpp>
#include <remoting/sinks/server_formatter_sink.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// A call through both formatters and the dispatcher, without a connection between them.

namespace remoting::test {

namespace {

/// Turns every bit over; once more, and it is as before.
class Inverter final : public ByteSink {
public:
    void outgoing(Buffer& payload) override
    {
        for (std::byte& byte : payload.bytes()) {
            byte = ~byte;
        }
    }
    void incoming(std::span<const std::byte> received, Buffer& payload) override
    {
        payload.append(received);
        outgoing(payload);
    }
};

/// Puts a mark in front; must undo its own work first.
class Marker final : public ByteSink {
public:
    explicit Marker(char mark) : mark_(static_cast<std::byte>(mark)) {}
    void outgoing(Buffer& payload) override
    {
        const ByteSpan old(payload.data(), payload.data() + payload.size());
        payload.clear();
        *payload.append(1) = mark_;
        payload.append(old);
    }
    void incoming(std::span<const std::byte> received, Buffer& payload) override
    {
        if (received.empty() || received[0] != mark_) {
            throw std::runtime_error("the mark is missing");
        }
        payload.append(received.subspan(1));
    }

private:
    using ByteSpan = std::vector<std::byte>;
    std::byte mark_;
};

class Recorder final : public MessageSink {
public:
    Recorder(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
    void process(MethodCall& call, FunctionRef<void()> next) override
    {
        log_.push_back(name_ + " before " + std::string(call.method.name));
        next();
        log_.push_back(name_ + " after");
    }

private:
    std::string name_;
    std::vector<std::string>& log_;
};

class Formatters : public testing::Test {
protected:
    Formatters()
    {
        objects_.add(std::make_shared<ObjectEntry>(
            "probe", interface_, make_instance_activator(interface_, servant_, ActivationMode::published),
            RegistrationOptions{}));
    }

    const MethodDescriptor& method(std::string_view name) const { return *interface_.find_method(name); }

    /// Encodes, dispatches, decodes.
    void call(const MethodDescriptor& called, Values values)
    {
        Buffer arguments;
        client_.encode(called, values, {}, nullptr, arguments);
        decode(called, values, answer(called.name, arguments.bytes()));
    }
    /// What the server makes of these bytes.
    IncomingReply answer(std::string_view name, std::span<const std::byte> arguments)
    {
        IncomingCall incoming;
        BoundObject object{uri_, interface_name_, {}};
        BoundMethod bound{std::string(name), nullptr, nullptr};
        dispatch_.resolve(object, bound, incoming, nullptr);
        incoming.arguments.bytes = arguments;
        incoming.chain = {{9, 9}, 0};
        reply_.clear();
        const ReplyStatus status = server_.process(incoming, reply_);
        IncomingReply reply;
        reply.status = status.code;
        reply.executed = status.executed;
        reply.payload.bytes = reply_.bytes();
        return reply;
    }
    void decode(const MethodDescriptor& called, Values values, const IncomingReply& reply)
    {
        const auto origin = [] { return ErrorOrigin{"probe.Probe.X", "probe", "test://server"}; };
        client_.decode(called, values, reply, nullptr, origin, [](const CallContext&) {});
    }
    void refuse(const MethodDescriptor& called)
    {
        std::string reason = "closed";
        std::array<void*, 1> values{&reason};
        call(called, values.data());
    }
    RemotingError error_of(std::string_view name, const IncomingReply& reply)
    {
        std::int32_t value = 0;
        std::array<void*, 3> values{&value, &value, &value};
        try {
            decode(method(name), values.data(), reply);
        } catch (const RemotingError& error) {
            EXPECT_EQ(error.method(), "probe.Probe.X");
            EXPECT_EQ(error.object(), "probe");
            EXPECT_EQ(error.address(), "test://server");
            return error;
        }
        return {ErrorCode::ok, Executed::maybe, "nothing was thrown"};
    }

    const InterfaceDescriptor& interface_ = InterfaceTraits<probe::Probe>::descriptor();
    FakeClock clock_;
    FakeRandom random_;
    Limits limits_;
    ObjectTable objects_{clock_, random_};
    MessageSinks message_sinks_;
    ByteSinks byte_sinks_;
    DispatchSink dispatch_{objects_, limits_, message_sinks_};
    std::vector<std::string> said_;
    Log log_ = [this](std::string_view line) { said_.emplace_back(line); };
    ServerFormatterSink server_{dispatch_, byte_sinks_, CustomErrors::off, log_};
    ClientFormatterSink client_{byte_sinks_, limits_};
    std::shared_ptr<ProbeServant> servant_ = std::make_shared<ProbeServant>();
    std::string uri_ = "probe";
    std::string interface_name_ = "probe.Probe";
    Buffer reply_;
};

}  // namespace

TEST_F(Formatters, CarryArgumentsAndResults)
{
    std::int32_t a = 40;
    std::int32_t b = 2;
    std::int32_t sum = 0;
    std::array<void*, 3> values{&a, &b, &sum};
    call(method("Add"), values.data());
    EXPECT_EQ(sum, 42);
    EXPECT_EQ(servant_->adds, 1);
}

TEST_F(Formatters, CarryAUserExceptionAsItself)
{
    try {
        refuse(method("Refuse"));
        FAIL();
    } catch (const probe::Forbidden& error) {
        EXPECT_EQ(error.reason, "closed");
        EXPECT_EQ(error.level, 3);
        EXPECT_STREQ(error.what(), "probe.Forbidden{reason: \"closed\", level: 3}");
    }
}

TEST_F(Formatters, GiveAnUnknownDerivedExceptionAsTheNearestBaseThatIsKnown)
{
    MethodDescriptor older = method("Refuse");
    const std::array<const ExceptionDescriptor*, 1> known{&probe::Refused().remoting_descriptor()};
    older.known_exceptions = known;
    try {
        refuse(older);
        FAIL();
    } catch (const probe::Forbidden&) {
        FAIL() << "known although it is not";
    } catch (const probe::Refused& error) {
        EXPECT_EQ(error.reason, "closed");
    }
}

TEST_F(Formatters, NameAnExceptionOfWhichNothingIsKnown)
{
    MethodDescriptor stranger = method("Refuse");
    stranger.known_exceptions = {};
    try {
        refuse(stranger);
        FAIL();
    } catch (const RemotingError& error) {
        EXPECT_EQ(error.code(), ErrorCode::user_exception);
        EXPECT_EQ(error.executed(), Executed::yes);
        EXPECT_NE(error.cause().find("probe.Forbidden"), std::string::npos) << error.cause();
        EXPECT_EQ(error.method(), "probe.Probe.X");
    }
}

TEST_F(Formatters, TakeAUserExceptionThatIsNotDeclaredForAMistake)
{
    servant_->on_run = [](std::int32_t) -> std::int32_t { throw probe::Refused("undeclared"); };
    std::int32_t value = 0;
    std::array<void*, 2> values{&value, &value};
    try {
        call(method("Run"), values.data());
        FAIL();
    } catch (const RemoteException& error) {
        EXPECT_EQ(error.type_name(), "probe::Refused");
        EXPECT_EQ(error.executed(), Executed::yes);
    }
}

TEST_F(Formatters, TellTypeAndTextOfWhateverWasThrown)
{
    const auto details = [&](std::function<void()> thrower) {
        servant_->on_run = [&](std::int32_t) {
            thrower();
            return 0;
        };
        std::int32_t value = 0;
        std::array<void*, 2> values{&value, &value};
        try {
            call(method("Run"), values.data());
        } catch (const RemoteException& error) {
            return error.type_name() + ": " + error.details();
        }
        return std::string();
    };
    EXPECT_EQ(details([] { throw std::out_of_range("too far"); }), "std::out_of_range: too far");
    EXPECT_EQ(details([] { throw 42; }), "int: not derived from std::exception");
    EXPECT_EQ(details([] { throw "plain"; }), "char const*: plain");
    EXPECT_NE(details([] { throw std::string("text"); }).find(": text"), std::string::npos);
    EXPECT_EQ(details([] { throw std::runtime_error("\xC3\xA9t\xC3\xA9"); }), "std::runtime_error: \xC3\xA9t\xC3\xA9");
    EXPECT_EQ(details([] { throw std::runtime_error("\xE9t\xE9"); }), "std::runtime_error: ?t?");
}

TEST_F(Formatters, KeepTheTextOfMistakesWhenTheyAreToldTo)
{
    const ServerFormatterSink discreet(dispatch_, byte_sinks_, CustomErrors::on, log_);
    servant_->on_run = [](std::int32_t) -> std::int32_t { throw std::runtime_error("secret"); };
    IncomingCall incoming;
    incoming.object = objects_.find("probe");
    incoming.method = &method("Run");
    const std::array<std::byte, 4> arguments{};
    incoming.arguments.bytes = arguments;
    const ReplyStatus status = discreet.process(incoming, reply_);
    EXPECT_EQ(status.code, ErrorCode::internal);
    const std::string text(reinterpret_cast<const char*>(reply_.data()), reply_.size());
    EXPECT_EQ(text.find("secret"), std::string::npos);
    EXPECT_EQ(text.find("runtime_error"), std::string::npos);
    ASSERT_EQ(said_.size(), 1U) << "the server's own log is told";
    EXPECT_NE(said_[0].find("secret"), std::string::npos);
}

TEST_F(Formatters, SayThatNothingRanWhenTheArgumentsDoNotDecode)
{
    const std::array<std::byte, 8> arguments{};
    for (const std::size_t size : {std::size_t{3}, std::size_t{7}}) {
        const RemotingError error = error_of("Add", answer("Add", std::span(arguments).first(size)));
        EXPECT_EQ(error.code(), ErrorCode::invalid_payload) << size;
        EXPECT_EQ(error.executed(), Executed::no) << size;
    }
    EXPECT_EQ(servant_->adds, 0);
}

TEST_F(Formatters, TakeMissingArgumentsOfAnOlderCallerForZeroAndPassOverThoseOfANewerOne)
{
    Buffer arguments;
    OutputArchive(arguments) & std::int32_t{5} & std::int32_t{6} & std::string("new");
    for (const auto& [size, sum] : {std::pair(std::size_t{0}, 0), {std::size_t{4}, 5}, {arguments.size(), 11}}) {
        const IncomingReply reply = answer("Add", std::as_const(arguments).bytes().first(size));
        std::int32_t result = -1;
        std::array<void*, 3> values{&result, &result, &result};
        decode(method("Add"), values.data(), reply);
        EXPECT_EQ(result, sum) << size;
    }
}

TEST_F(Formatters, SayThatItRanWhenTheResultsDoNotDecode)
{
    const std::array<std::byte, 3> results{};
    for (const std::size_t size : {std::size_t{1}, std::size_t{3}}) {
        IncomingReply reply;
        reply.executed = Executed::yes;
        reply.payload.bytes = std::span(results).first(size);
        const RemotingError error = error_of("Add", reply);
        EXPECT_EQ(error.code(), ErrorCode::invalid_payload) << size;
        EXPECT_EQ(error.executed(), Executed::yes) << size;
    }
}

TEST_F(Formatters, ReportAnErrorWhoseTextDoesNotDecodeWithItsOrigin)
{
    for (const ErrorCode status : {ErrorCode::internal, ErrorCode::user_exception, ErrorCode::object_not_found}) {
        IncomingReply reply;
        reply.status = status;
        reply.executed = Executed::yes;
        const std::array<std::byte, 3> nonsense{std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}};
        reply.payload.bytes = nonsense;
        const RemotingError error = error_of("Add", reply);
        EXPECT_EQ(error.code(), ErrorCode::invalid_payload);
        EXPECT_EQ(error.executed(), Executed::yes);
    }
}

TEST_F(Formatters, RefuseCallsWhoseTargetIsNotThere)
{
    const std::array<std::byte, 8> arguments{};
    EXPECT_EQ(error_of("Add", answer("Subtract", arguments)).code(), ErrorCode::method_not_found);
    EXPECT_EQ(error_of("Add", answer("add", arguments)).code(), ErrorCode::method_not_found);
    uri_ = "other";
    EXPECT_EQ(error_of("Add", answer("Add", arguments)).code(), ErrorCode::object_not_found);
    uri_ = "probe";
    interface_name_ = "probe.Session";
    EXPECT_EQ(error_of("Add", answer("Add", arguments)).code(), ErrorCode::interface_mismatch);
    uri_ = activation_uri("", "");
    EXPECT_EQ(error_of("Add", answer("constructor", arguments)).code(), ErrorCode::type_not_allowed);
    EXPECT_EQ(servant_->adds, 0);
}

TEST_F(Formatters, PassMessageSinksInTheOrderWritten)
{
    std::vector<std::string> log;
    MessageSinks sinks{std::make_shared<Recorder>("first", log), std::make_shared<Recorder>("second", log)};
    CallContext context;
    MethodCall call{interface_, method("Add"), "probe", "here", nullptr, TimePoint::max(), false, context};
    run_sinks(sinks, call, [&] { log.emplace_back("servant"); });
    EXPECT_EQ(log, (std::vector<std::string>{"first before Add", "second before Add", "servant", "second after",
                                             "first after"}));
}

TEST_F(Formatters, LetAMessageSinkAnswerOrRefuseByItself)
{
    class Refuser final : public MessageSink {
        void process(MethodCall&, FunctionRef<void()>) override { throw std::runtime_error("no entry"); }
    };
    bool was_called = false;
    MessageSinks sinks{std::make_shared<Refuser>()};
    CallContext context;
    MethodCall call{interface_, method("Add"), "probe", "here", nullptr, TimePoint::max(), true, context};
    EXPECT_THROW(run_sinks(sinks, call, [&] { was_called = true; }), std::runtime_error);
    EXPECT_FALSE(was_called);
}

TEST_F(Formatters, UndoByteSinksInReverse)
{
    byte_sinks_ = {std::make_shared<Marker>('a'), std::make_shared<Inverter>(), std::make_shared<Marker>('b')};
    std::int32_t a = 1;
    std::int32_t b = 2;
    std::int32_t sum = 0;
    std::array<void*, 3> values{&a, &b, &sum};
    Buffer arguments;
    client_.encode(method("Add"), values.data(), {}, nullptr, arguments);
    ASSERT_EQ(arguments.size(), 10U);
    EXPECT_EQ(arguments.data()[0], std::byte{'b'});
    EXPECT_EQ(arguments.data()[1], ~std::byte{'a'});
    decode(method("Add"), values.data(), answer("Add", arguments.bytes()));
    EXPECT_EQ(sum, 3);
}

TEST_F(Formatters, FailOneCallWhenAByteSinkCannotRead)
{
    byte_sinks_ = {std::make_shared<Marker>('a')};
    const std::array<std::byte, 8> unmarked{};
    const IncomingReply reply = answer("Add", unmarked);
    EXPECT_EQ(reply.status, ErrorCode::invalid_payload);
    EXPECT_EQ(reply.executed, Executed::no);
    EXPECT_EQ(servant_->adds, 0);
    IncomingReply unreadable;
    unreadable.payload.bytes = unmarked;
    EXPECT_EQ(error_of("Add", unreadable).code(), ErrorCode::invalid_payload);
}

TEST_F(Formatters, InstallTheCurrentCallForTheServantOnly)
{
    EXPECT_EQ(current_call(), nullptr);
    servant_->on_run = [](std::int32_t) {
        const CurrentCall* const current = current_call();
        return current != nullptr && current->chain.id == Id128{9, 9} ? 1 : 0;
    };
    std::int32_t value = 0;
    std::int32_t result = 0;
    std::array<void*, 2> values{&value, &result};
    call(method("Run"), values.data());
    EXPECT_EQ(result, 1);
    EXPECT_EQ(current_call(), nullptr);
}

TEST(CurrentCall, ScopesNest)
{
    const CurrentCallScope outer({{{1, 1}, 0}, TimePoint::max(), nullptr});
    {
        const CurrentCallScope inner({{{2, 2}, 1}, TimePoint::max(), nullptr});
        EXPECT_EQ(current_call()->chain.depth, 1);
    }
    EXPECT_EQ(current_call()->chain.depth, 0);
}

}  // namespace remoting::test
