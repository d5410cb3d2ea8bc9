// SPDX-License-Identifier: BSL-1.0
#include "cpp_names.hpp"

#include "memory_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace remoting::idl {
namespace {

const auto nothing_taken = [](const std::string&) { return false; };

TEST(CppNames, EscapesKeywordsMacrosAndNamesOfTheRuntime)
{
    EXPECT_EQ(cpp_name("class"), "class_");
    EXPECT_EQ(cpp_name("co_await"), "co_await_");
    EXPECT_EQ(cpp_name("ERROR"), "ERROR_");
    EXPECT_EQ(cpp_name("min"), "min_");
    EXPECT_EQ(cpp_name("errno"), "errno_");
    EXPECT_EQ(cpp_name("major"), "major_");
    EXPECT_EQ(cpp_name("SIGTERM"), "SIGTERM_");
    EXPECT_EQ(cpp_name("remoting_call"), "remoting_call_");
}

TEST(CppNames, LeavesAllOtherNamesAlone)
{
    for (const std::string name :
         {"Balance", "Major", "event", "in", "values", "result", "open", "Error", "id", "index"}) {
        EXPECT_EQ(cpp_name(name), name);
    }
}

TEST(CppNames, EscapeAMemberThatIsCalledLikeItsClass)
{
    EXPECT_EQ(cpp_member_name("Money", "Money"), "Money_");
    EXPECT_EQ(cpp_member_name("money", "Money"), "money");
    EXPECT_EQ(cpp_member_name("class", "class_"), "class0_");
    EXPECT_EQ(cpp_exception_field_name("what", "Failure"), "what_");
    EXPECT_EQ(cpp_member_name("what", "Failure"), "what");
}

TEST(CppNames, EscapeAlternativesThatWouldHideMembersOfStdVariant)
{
    EXPECT_EQ(cpp_alternative_name("index", "Shape"), "index_");
    EXPECT_EQ(cpp_alternative_name("Alternative", "Shape"), "Alternative_");
    EXPECT_EQ(cpp_alternative_name("Shape", "Shape"), "Shape_");
    EXPECT_EQ(cpp_alternative_name("class", "Shape"), "class_");
    EXPECT_EQ(cpp_alternative_name("dot", "Shape"), "dot");
}

TEST(CppNames, EscapeVariantsThatAreCalledLikeTheirMembers)
{
    EXPECT_EQ(cpp_variant_name("variant"), "variant_");
    EXPECT_EQ(cpp_variant_name("index"), "index_");
    EXPECT_EQ(cpp_variant_name("class"), "class_");
    EXPECT_EQ(cpp_variant_name("left"), "left");
    EXPECT_EQ(cpp_alternative_name("index", "index_"), "index0_");
}

TEST(CppNames, EscapeParametersThatWouldHideATemplatesParameter)
{
    const auto is_taken = [](const std::string& name) { return name == "CompletionToken"; };
    EXPECT_EQ(cpp_parameter_name("CompletionToken", is_taken), "CompletionToken0_");
    EXPECT_EQ(cpp_parameter_name("CompletionToken", nothing_taken), "CompletionToken");
}

TEST(CppNames, EscapeNamespacesThatWouldMeetTheCLibrary)
{
    EXPECT_EQ(cpp_namespace_part("time", true), "time_");
    EXPECT_EQ(cpp_namespace_part("time", false), "time");
    EXPECT_EQ(cpp_namespace_part("std", false), "std_");
    EXPECT_EQ(cpp_namespace_part("remoting", true), "remoting_");
    EXPECT_EQ(cpp_namespace_part("bank", true), "bank");
}

TEST(CppNames, KeepParametersClearOfLocalVariables)
{
    EXPECT_EQ(cpp_parameter_name("values", nothing_taken), "values_");
    EXPECT_EQ(cpp_parameter_name("amount", nothing_taken), "amount");
    EXPECT_EQ(cpp_parameter_name("Money", [](const std::string& name) { return name == "Money"; }), "Money_");
    EXPECT_EQ(cpp_parameter_name("Money", [](const std::string& name) { return name.size() < 7; }), "Money0_");
}

TEST(CppNames, WriteTheLimitsOfIntegers)
{
    using model::Builtin;
    EXPECT_EQ(integer_text({true, 128}, Builtin::int8), "-128");
    EXPECT_EQ(integer_text({true, 9223372036854775808U}, Builtin::int64), "-9223372036854775807 - 1");
    EXPECT_EQ(integer_text({false, 18446744073709551615U}, Builtin::uint64), "18446744073709551615U");
    EXPECT_EQ(integer_text({false, 7}, Builtin::uint64), "7");
}

TEST(CppNames, WriteStringsThatMeanTheSameInCpp)
{
    EXPECT_EQ(string_literal("a\"b\\c\n"), R"("a\"b\\c\n")");
    EXPECT_EQ(string_literal(std::string_view("\0"
                                              "1",
                                              2)),
              R"("\0001")");
    EXPECT_EQ(string_literal("?\?/"), R"("?\?/")");
    EXPECT_EQ(string_literal("\u00e9"), "\"\u00e9\"");
}

TEST(CppScope, QualifiesATypeThatAMemberHides)
{
    const Resolved resolved("namespace t; struct Money {} struct S { Money Money; list<Money?> m; }");
    ASSERT_EQ(resolved.errors(), "");
    const auto& fields = resolved.module().structs.back()->fields;
    const CppScope scope(resolved.module());

    EXPECT_EQ(scope.type(fields[0].type), "Money");
    EXPECT_EQ(scope.with({"Money"}).type(fields[0].type), "::t::Money");
    EXPECT_EQ(scope.with({"Money"}).type(fields[1].type), "std::vector<std::optional<::t::Money>>");
    EXPECT_EQ(CppScope::global().type(fields[0].type), "::t::Money");
}

TEST(CppScope, QualifiesANamespaceThatATypeHides)
{
    Resolved hidden(MemoryReader({{"test.idl", "namespace t; import \"m.idl\"; struct m {} struct S { m.T x; }"},
                                  {"m.idl", "namespace m; struct T {}"}}));
    Resolved plain(MemoryReader(
        {{"test.idl", "namespace t; import \"m.idl\"; struct S { m.T x; }"}, {"m.idl", "namespace m; struct T {}"}}));
    ASSERT_EQ(hidden.errors() + plain.errors(), "");

    EXPECT_EQ(CppScope(hidden.module()).type(hidden.module().structs.back()->fields[0].type), "::m::T");
    EXPECT_EQ(CppScope(plain.module()).type(plain.module().structs.back()->fields[0].type), "m::T");
}

}  // namespace
}  // namespace remoting::idl
