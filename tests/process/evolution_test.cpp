// SPDX-License-Identifier: BSL-1.0
#include "evolving.remoting.hpp"

#include "processes.hpp"

#include "errors.hpp"

namespace evolving {
namespace {

using remoting::ErrorCode;
using remoting::Executed;
using remoting::test::contains;
using remoting::test::expect_error;

/// A client of today and a server of yesterday.
class OlderServer : public remoting::test::ProcessTest {
protected:
    const std::string& url() const { return url_; }
    std::string url_of(const std::string& object) { return remoting::test::at(url_, object); }
    std::shared_ptr<Office> office() { return client().get_object<Office>(url_of("office")); }

private:
    remoting::test::ChildProcess process_{{OLDER_SERVER, place().free_address()}};
    std::string url_ = process_.expect("listening");
};

INSTANTIATE_TEST_SUITE_P(Contract, OlderServer, remoting::test::channels_between_processes(), remoting::test::name_of);

TEST_P(OlderServer, AnswersWhatItKnows)
{
    EXPECT_EQ(office()->Name(), "published");
}

TEST_P(OlderServer, SaysWhichMethodItDoesNotKnow)
{
    const auto old = office();
    const auto error = expect_error(ErrorCode::method_not_found, Executed::no, [&] { old->Rooms(); });
    EXPECT_EQ(error.method(), "evolving.Office.Rooms");
    EXPECT_EQ(error.object(), "office");
    EXPECT_TRUE(contains(error.cause(), "Rooms") && contains(error.cause(), "evolving.Office")) << error.what();
    EXPECT_EQ(old->Name(), "published") << "and the connection is unharmed";
}

TEST_P(OlderServer, SaysWhichInterfaceItsObjectHas)
{
    const auto garden = client().get_object<Garden>(url_of("office"));
    const auto error = expect_error(ErrorCode::interface_mismatch, Executed::no, [&] { garden->Trees(); });
    EXPECT_TRUE(contains(error.what(), "evolving.Garden") && contains(error.what(), "evolving.Office")) << error.what();
}

TEST_P(OlderServer, SkipsFieldsItDoesNotKnowAndLeavesOutWhatItDoesNotHave)
{
    const Report sent{.text = "text", .mood = Mood::Amused, .pages = 99, .authors = {"a", "b"}};
    const Report received = office()->Copy(sent);
    EXPECT_EQ(received.text, "text");
    EXPECT_EQ(received.mood, Mood::Amused) << "a value of an enum survives where it is unknown";
    EXPECT_EQ(received.pages, 12) << "what the older peer does not send has its default";
    EXPECT_TRUE(received.authors.empty());
}

TEST_P(OlderServer, ThrowsExceptionsWithoutTheNewFields)
{
    try {
        office()->Fail(false);
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.reason, "of old");
        EXPECT_EQ(problem.severity, 3);
    }
}

TEST_P(OlderServer, CatchesAnUnknownDerivedExceptionAsTheBaseItKnows)
{
    class Inspector final : public Office {
    public:
        std::string Name() override { return ""; }
        Report Copy(const Report& report) override { return report; }
        void Fail(bool) override { throw Fire("smoke", 5, "third"); }
        std::string Inspect(const std::shared_ptr<Office>&) override { return ""; }
        std::int32_t Rooms() override { return 0; }
    };
    EXPECT_EQ(office()->Inspect(std::make_shared<Inspector>()), "Problem smoke");
}

TEST_P(OlderServer, IgnoresConstructorArgumentsItDoesNotKnow)
{
    const auto made = client().create_object<Office>(url(), "made", 5);
    EXPECT_EQ(made->Name(), "made");
}

}  // namespace
}  // namespace evolving
