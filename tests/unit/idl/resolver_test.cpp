// SPDX-License-Identifier: BSL-1.0
#include "memory_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remoting::idl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class T>
std::vector<std::string> names(const std::vector<std::unique_ptr<T>>& declarations)
{
    std::vector<std::string> result;
    for (const auto& declaration : declarations) {
        result.push_back(declaration->name.idl);
    }
    return result;
}

TEST(Resolver, PutsStructsBehindThoseTheyHold)
{
    const Resolved resolved("namespace t; struct A { B b; C? c; } struct B { list<D> d; } struct C {} struct D {}");

    ASSERT_EQ(resolved.errors(), "");
    EXPECT_THAT(names(resolved.module().structs), ElementsAre("D", "B", "C", "A"));
}

TEST(Resolver, OrdersByValueAloneWhenListsMakeACircle)
{
    const Resolved resolved("namespace t; struct A { list<B> b; } struct B { A a; C c; } struct C {}");

    ASSERT_EQ(resolved.errors(), "");
    EXPECT_THAT(names(resolved.module().structs), ElementsAre("A", "C", "B"));
}

TEST(Resolver, PutsBasesBeforeWhatDerivesFromThem)
{
    const Resolved resolved(
        "namespace t; exception A : B {} exception B : C {} exception C {} interface X : Z, Y {} interface Y {} "
        "interface Z : Y {}");

    ASSERT_EQ(resolved.errors(), "");
    EXPECT_THAT(names(resolved.module().exceptions), ElementsAre("C", "B", "A"));
    EXPECT_THAT(names(resolved.module().interfaces), ElementsAre("Y", "Z", "X"));
}

TEST(Resolver, ListsTheMethodsOfADiamondOnce)
{
    const Resolved resolved(
        "namespace t; interface D : B, C { void d(); } interface B : A { void b(); } interface C : A { void c(); } "
        "interface A { property int32 P; }");
    ASSERT_EQ(resolved.errors(), "");

    std::vector<std::string> methods;
    for (const model::Method* method : resolved.module().interfaces.back()->all_methods()) {
        methods.push_back(method->name);
    }
    EXPECT_THAT(methods, ElementsAre("get_P", "set_P", "b", "c", "d"));
}

TEST(Resolver, LooksForNamesFromTheInnermostNamespaceOutwards)
{
    Resolved resolved(MemoryReader({{"test.idl",
                                     "namespace a.b; import \"outer.idl\"; struct T { S s; Own o; a.S t; }"
                                     "struct Own {}"},
                                    {"outer.idl", "namespace a; struct S {} struct Own { int32 x; }"}}));

    ASSERT_EQ(resolved.errors(), "");
    const auto& fields = resolved.module().structs.back()->fields;
    EXPECT_EQ(to_string(fields[0].type), "a.S");
    EXPECT_EQ(to_string(fields[1].type), "a.b.Own");
    EXPECT_EQ(to_string(fields[2].type), "a.S");
}

TEST(Resolver, LoadsAFileOnceHoweverOftenItIsImported)
{
    Resolved resolved(MemoryReader(
        {{"test.idl", "namespace t; import \"a.idl\"; import \"b.idl\"; import \"a.idl\"; struct T { a.A a; b.B b; }"},
         {"a.idl", "namespace a; import \"b.idl\"; struct A { b.B b; }"},
         {"b.idl", "namespace b; struct B {}"}}));

    EXPECT_EQ(resolved.errors(), "");
    EXPECT_EQ(resolved.program.modules.size(), 3U);
    EXPECT_EQ(resolved.program.modules[0]->file_name, "b.idl");
}

TEST(Resolver, FindsImportsBesideTheFileThenInTheGivenFolders)
{
    MemoryReader reader(
        {{"x/test.idl", "namespace t; import \"near.idl\"; import \"far.idl\"; struct T { n.N n; f.F f; }"},
         {"x/near.idl", "namespace n; struct N {}"},
         {"lib/near.idl", "broken"},
         {"lib/far.idl", "namespace f; struct F {}"}});
    const Compilation compilation = compile("x/test.idl", {"none", "lib"}, reader);

    EXPECT_THAT(compilation.diagnostics, IsEmpty());
    EXPECT_THAT(compilation.dependencies, ElementsAre("x/near.idl", "lib/far.idl", "x/test.idl"));
}

TEST(Resolver, EvaluatesConstantsInAnyOrder)
{
    const Resolved resolved(
        "namespace t; const int64 A = B; const int8 B = C; const int8 C = -5; "
        "struct S { E e = E.Y; int16 x = A; } enum E : int8 { X = C, Y }");

    ASSERT_EQ(resolved.errors(), "");
    EXPECT_TRUE(std::get<model::Integer>(*resolved.module().constants[0]->value).negative);
    EXPECT_EQ(std::get<model::Integer>(*resolved.module().structs[0]->fields[1].value).magnitude, 5U);
    EXPECT_EQ(resolved.module().enums[0]->enumerators[1].value.magnitude, 4U);
    EXPECT_TRUE(resolved.module().enums[0]->enumerators[1].value.negative);
}

TEST(Resolver, RoundsFloatsToWhatTheyCanHold)
{
    const Resolved resolved("namespace t; const float F = 0.1; const double D = 0.1;");

    ASSERT_EQ(resolved.errors(), "");
    EXPECT_EQ(std::get<double>(*resolved.module().constants[0]->value), static_cast<double>(0.1F));
    EXPECT_EQ(std::get<double>(*resolved.module().constants[1]->value), 0.1);
}

TEST(Resolver, GivesAParameterAnotherNameThanAType)
{
    const Resolved resolved(
        "namespace t; struct Money {} interface I { void Do(Money Money, int32 class, int32 call); }");

    ASSERT_EQ(resolved.errors(), "");
    const auto& parameters = resolved.module().interfaces[0]->methods[0].parameters;
    EXPECT_EQ(parameters[0].name, "Money");
    EXPECT_EQ(parameters[0].cpp_name, "Money_");
    EXPECT_EQ(parameters[1].cpp_name, "class_");
    EXPECT_EQ(parameters[2].cpp_name, "call_");
}

TEST(Resolver, KeepsWhatAttributesSay)
{
    const Resolved resolved(
        "namespace t; [deprecated(\"use J\"), dotnet(\"T.I, T\")] interface I { [idempotent, deadline(2s)] void A();"
        "[wire(\"C\")] void A(int32 x); [observable, deadline(1min)] property int32 P; [oneway] void D([secret] string "
        "s); }");
    ASSERT_EQ(resolved.errors(), "");

    const model::Interface& interface = *resolved.module().interfaces[0];
    EXPECT_EQ(interface.attributes.deprecated, "use J");
    EXPECT_EQ(interface.attributes.dotnet, "T.I, T");
    EXPECT_TRUE(interface.methods[0].idempotent);
    EXPECT_EQ(interface.methods[0].deadline, std::chrono::seconds(2));
    EXPECT_EQ(interface.methods[0].wire_name, "A");
    EXPECT_EQ(interface.methods[1].name, "A");
    EXPECT_EQ(interface.methods[1].wire_name, "C");
    EXPECT_EQ(interface.methods[2].deadline, std::chrono::minutes(1));
    EXPECT_TRUE(interface.properties[0].attributes.observable);
    EXPECT_TRUE(interface.methods[4].one_way);
    EXPECT_TRUE(interface.methods[4].parameters[0].attributes.secret);
}

TEST(Resolver, KnowsStreamsAndEvents)
{
    const Resolved resolved(
        "namespace t; interface I { stream<list<I>> A(stream<int32> x); event bool B(inout I? x); }"
        "struct S { int32 stream; int32 event; }");
    ASSERT_EQ(resolved.errors(), "");

    const model::Interface& interface = *resolved.module().interfaces[0];
    EXPECT_EQ(to_string(*interface.methods[0].result), "stream<list<t.I>>");
    EXPECT_EQ(to_string(interface.methods[0].parameters[0].type), "stream<int32>");
    EXPECT_EQ(interface.events[0].name, "B");
    EXPECT_EQ(to_string(*interface.events[0].result), "bool");
    EXPECT_EQ(interface.events[0].parameters[0].direction, model::Direction::in_out);
}

TEST(Resolver, ReportsDuplicatesInAFileWithoutANamespace)
{
    const Resolved resolved("struct A {} struct A {}");

    EXPECT_EQ(resolved.diagnostics.error_count(), 2U);
}

TEST(Resolver, AcceptsAByteOrderMark)
{
    EXPECT_EQ(Resolved("\xEF\xBB\xBFnamespace t; struct S {}").errors(), "");
}

}  // namespace
}  // namespace remoting::idl
