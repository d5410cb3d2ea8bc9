// SPDX-License-Identifier: BSL-1.0
#include "evolution.hpp"

#include "memory_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace remoting::idl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> changes(const std::string& older, const std::string& newer)
{
    const Resolved left("namespace a; " + older);
    const Resolved right("namespace a; " + newer);
    EXPECT_EQ(left.errors(), "");
    EXPECT_EQ(right.errors(), "");
    std::vector<std::string> texts;
    for (const Change& change : compare(left.program, right.program)) {
        texts.push_back(std::string(to_string(change.verdict)) + ": " + change.where);
    }
    return texts;
}

std::vector<std::string> field_change(const std::string& older, const std::string& newer)
{
    const std::string others = " enum E : int32 { A } interface I {} variant V { int32 x; } struct Other { int64 x; }";
    return changes("struct S { " + older + " }" + others, "struct S { " + newer + " }" + others);
}

TEST(Evolution, OfWhatStaysSaysNothing)
{
    const std::string text =
        "struct S<T> { list<S<T>> x; array<int32, 3> y; any z; } variant V { S<int32> x; uuid y; } enum E { A, B }"
        "interface I { S<V> F(E e, out I? i) throws X; event void C(); property decimal P; } exception X { E e; }";
    EXPECT_THAT(changes(text, text), IsEmpty());
    EXPECT_THAT(changes("struct A { B b; } struct B {}", "struct B {} /* moved */ struct A { B b; }"), IsEmpty());
}

TEST(Evolution, OfFieldsGoesByTheirPlaces)
{
    EXPECT_THAT(field_change("int32 x;", "int32 x; string y;"), ElementsAre("safe: a.S.y"));
    EXPECT_THAT(field_change("int32 x;", "int32 x; I? y; list<I> z;"), ElementsAre("safe: a.S.y", "safe: a.S.z"));
    EXPECT_THAT(field_change("int32 x;", "int32 x; I y;"), ElementsAre("breaks wire: a.S.y"));
    EXPECT_THAT(field_change("int32 x; string y;", "string y; int32 x;"),
                ElementsAre("breaks wire: a.S.y", "breaks wire: a.S.x"));
    EXPECT_THAT(field_change("int32 x; string y;", "int32 x;"), ElementsAre("breaks source: a.S.y"));
    EXPECT_THAT(field_change("int32 x; string y;", "reserved int32 x; string y;"), ElementsAre("breaks source: a.S.x"));
    EXPECT_THAT(field_change("reserved int32 x;", "int32 x;"), ElementsAre("safe: a.S.x"));
    EXPECT_THAT(field_change("int32 x;", "int32 y;"), ElementsAre("breaks source: a.S.y"));
    EXPECT_THAT(field_change("int32 x;", "int32 x = 5;"), IsEmpty());
}

TEST(Evolution, OfTypesTellsBytesFromNames)
{
    EXPECT_THAT(field_change("int64 x;", "duration x;"), ElementsAre("breaks source: a.S.x"));
    EXPECT_THAT(field_change("char x;", "uint16 x;"), ElementsAre("breaks source: a.S.x"));
    EXPECT_THAT(field_change("E x;", "int32 x;"), ElementsAre("breaks source: a.S.x"));
    EXPECT_THAT(field_change("bytes x;", "list<uint8> x;"), ElementsAre("breaks source: a.S.x"));
    EXPECT_THAT(field_change("int32 x;", "uint32 x;"), ElementsAre("breaks wire: a.S.x"));
    EXPECT_THAT(field_change("int32 x;", "int64 x;"), ElementsAre("breaks wire: a.S.x"));
    EXPECT_THAT(field_change("int32 x;", "int32? x;"), ElementsAre("breaks wire: a.S.x"));
    EXPECT_THAT(field_change("string x;", "bytes x;"), ElementsAre("breaks wire: a.S.x"));
    EXPECT_THAT(field_change("list<int32> x;", "set<int32> x;"), ElementsAre("breaks wire: a.S.x"));
    EXPECT_THAT(field_change("array<int32, 3> x;", "array<int32, 4> x;"), ElementsAre("breaks wire: a.S.x"));
    EXPECT_THAT(field_change("map<string, E> x;", "map<string, int32> x;"), ElementsAre("breaks source: a.S.x"));
    EXPECT_THAT(field_change("Other x;", "V x;"), ElementsAre("breaks wire: a.S.x"));
}

TEST(Evolution, OfRenamedStructsLooksAtWhatTheyHold)
{
    EXPECT_THAT(changes("struct A { int32 x; list<A> more; } struct S { A a; }",
                        "struct B { int32 y; list<B> more; } struct S { B a; }"),
                ElementsAre("safe: a.B", "breaks source: a.S.a", "breaks source: a.A"));
    EXPECT_THAT(changes("struct A { int32 x; } struct S { A a; }", "struct B { int64 x; } struct S { B a; }"),
                ElementsAre("safe: a.B", "breaks wire: a.S.a", "breaks source: a.A"));
    EXPECT_THAT(changes("struct P<T> { list<T> x; } struct S { P<int64> p; }",
                        "struct P<T> { list<T> x; } struct S { P<duration> p; }"),
                ElementsAre("breaks source: a.S.p"));
}

TEST(Evolution, OfEnumsAndVariantsGoesByNumbers)
{
    EXPECT_THAT(changes("enum E { A, B }", "enum E { A, B, C }"), ElementsAre("safe: a.E.C"));
    EXPECT_THAT(changes("enum E { A, B }", "enum E { B, A }"), ElementsAre("breaks wire: a.E.A", "breaks wire: a.E.B"));
    EXPECT_THAT(changes("enum E { A, B }", "enum E { A }"), ElementsAre("breaks source: a.E.B"));
    EXPECT_THAT(changes("enum E { A }", "enum E : int8 { A }"), ElementsAre("breaks wire: a.E"));
    EXPECT_THAT(changes("variant V { int32 x; }", "variant V { int32 x; string y; }"), ElementsAre("safe: a.V.y"));
    EXPECT_THAT(changes("variant V { int32 x; string y; }", "variant V { string y; int32 x; }"),
                ElementsAre("breaks wire: a.V.y", "breaks wire: a.V.x"));
    EXPECT_THAT(changes("struct V { int32 x; }", "variant V { int32 x; }"), ElementsAre("breaks wire: a.V"));
}

TEST(Evolution, OfInterfacesGoesByNamesOnTheWire)
{
    EXPECT_THAT(changes("interface I { void F(); }", "interface I { void F(); void G(); }"),
                ElementsAre("breaks source: a.I.G"));
    EXPECT_THAT(changes("interface I { void F(); }", "interface I { }"), ElementsAre("breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { void F(); }", "interface I { [wire(\"F\")] void G(); }"),
                ElementsAre("breaks source: a.I.F"));
    EXPECT_THAT(changes("interface I { void F(); }", "interface I { [oneway] void F(); }"),
                ElementsAre("breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { [idempotent] void F(); }", "interface I { [deadline(2s)] void F(); }"),
                IsEmpty());
    EXPECT_THAT(changes("interface I { void F(int32 x); }", "interface I { void F(int32 y, string z = \"a\"); }"),
                ElementsAre("breaks source: a.I.F"));
    EXPECT_THAT(changes("interface I { void F(int32 x); }", "interface I { void F(int32 x, I i); }"),
                ElementsAre("breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { int32 F(); }", "interface I { string F(); }"),
                ElementsAre("breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { void F(int32 x); }", "interface I { void F(out int32 x); }"),
                ElementsAre("breaks source: a.I.F", "breaks source: a.I.F"));
    EXPECT_THAT(changes("interface A {} interface I : A {}", "interface A {} interface I {}"),
                ElementsAre("breaks wire: a.I"));
    EXPECT_THAT(changes("interface I {}", ""), ElementsAre("breaks wire: a.I"));
    EXPECT_THAT(changes("", "interface I { void F(); }"), ElementsAre("safe: a.I"));
    EXPECT_THAT(changes("interface I { constructor(int32 x); }", "interface I { constructor(string x); }"),
                ElementsAre("breaks wire: a.I.constructor"));
}

TEST(Evolution, OfExceptionsGoesByTheirChains)
{
    EXPECT_THAT(changes("exception X {} exception Y {}", "exception X {} exception Y : X {}"),
                ElementsAre("breaks wire: a.Y"));
    EXPECT_THAT(changes("exception X {} interface I { void F() throws X; }",
                        "exception X {} exception Y : X {} interface I { void F() throws X, Y; }"),
                ElementsAre("safe: a.Y"));
    EXPECT_THAT(changes("exception X {} interface I { void F() throws X; }",
                        "exception X {} exception Y {} interface I { void F() throws X, Y; }"),
                ElementsAre("safe: a.Y", "breaks wire: a.I.F"));
}

TEST(Evolution, SaysWhatAndWhy)
{
    const Resolved older("namespace a; struct S { int32 x; }");
    const Resolved newer("namespace a; struct S { string x; }");

    const std::vector<Change> found = compare(older.program, newer.program);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0].what,
                StartsWith("here was of type 'int32', and is 'string'; fields are known by their places"));
}

}  // namespace
}  // namespace remoting::idl
