// SPDX-License-Identifier: BSL-1.0
#include "evolution.hpp"

#include "memory_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace remoting::idl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
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
                ElementsAre("breaks source: a.I.G"));
    EXPECT_THAT(changes("interface I { void F(); }", "interface I { [oneway] void F(); }"),
                ElementsAre("breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { [idempotent] void F(); }", "interface I { [deadline(2s)] void F(); }"),
                IsEmpty());
    EXPECT_THAT(changes("interface I { void F(int32 x); }", "interface I { void F(int32 y, string z = \"a\"); }"),
                ElementsAre("safe: a.I.F", "breaks source: a.I.F"));
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

TEST(Evolution, OfReservedReferencesKnowsThatTheyAreNull)
{
    EXPECT_THAT(field_change("int32 x; I y;", "int32 x; reserved I y;"), ElementsAre("breaks wire: a.S.y"));
    EXPECT_THAT(field_change("int32 x; reserved I y;", "int32 x; I y;"), ElementsAre("breaks wire: a.S.y"));
    EXPECT_THAT(field_change("int32 x; I? y;", "int32 x; reserved I? y;"), ElementsAre("breaks source: a.S.y"));
    EXPECT_THAT(field_change("int32 x; list<I> y;", "int32 x; reserved list<I> y;"),
                ElementsAre("breaks source: a.S.y"));
    EXPECT_THAT(field_change("int32 x; I y;", "int32 x;"), ElementsAre("breaks wire: a.S.y"));
    EXPECT_THAT(field_change("int32 x; reserved I y;", "int32 x;"), ElementsAre("safe: a.S.y"));
    EXPECT_THAT(
        changes("variant V { int32 x; I y; } interface I {}", "variant V { int32 x; reserved I y; } interface I {}"),
        ElementsAre("breaks source: a.V.y"));
}

TEST(Evolution, OfNewFieldsLooksAtTheReferencesInTheirDefaults)
{
    const auto appended = [](const std::string& field) {
        const std::string others =
            " interface I { void F(G<I> i, G<int32> x); } struct Q { I i; } struct N { I? i; list<I> more; }"
            " variant V { I i; int32 x; } variant W { int32 x; I i; } struct G<T> { T x; } struct H<T> { int32 x; }";
        return changes("struct S { int32 x; }" + others, "struct S { int32 x; " + field + " }" + others);
    };
    for (const char* field : {"Q q;", "array<Q, 2> q;", "V q;", "G<I> q;", "G<Q> q;"}) {
        EXPECT_THAT(appended(field), ElementsAre("breaks wire: a.S.q")) << field;
    }
    for (const char* field :
         {"N q;", "Q? q;", "list<Q> q;", "W q;", "V q = {x: 1};", "G<I?> q;", "G<int32> q;", "H<I> q;"}) {
        EXPECT_THAT(appended(field), ElementsAre("safe: a.S.q")) << field;
    }
    const std::string use = " interface I { void F(G<I> i); }";
    EXPECT_THAT(changes("struct G<T> { int32 x; }" + use, "struct G<T> { int32 x; T y; }" + use),
                ElementsAre("breaks wire: a.G.y"));
    const std::string harmless = " interface I { void F(G<int32> i, G<list<I>> more); }";
    EXPECT_THAT(changes("struct G<T> { int32 x; }" + harmless, "struct G<T> { int32 x; T y; }" + harmless),
                ElementsAre("safe: a.G.y"));
    const std::string inner = " struct Out<T> { G<T> g; } interface I { void F(Out<I> i); }";
    EXPECT_THAT(changes("struct G<T> { int32 x; }" + inner, "struct G<T> { int32 x; T y; }" + inner),
                ElementsAre("breaks wire: a.G.y"));
    EXPECT_THAT(
        changes("interface I { void F(); } struct Q { I i; }", "interface I { void F(Q q); } struct Q { I i; }"),
        ElementsAre("breaks wire: a.I.F"));
}

TEST(Evolution, OfGenericStructsThatGrowEnds)
{
    std::string text;
    for (int index = 0; index < 40; ++index) {
        const std::string next = 'G' + std::to_string(index + 1);
        text += "struct G" + std::to_string(index) + "<T> { " + next + '<' + next + "<T>> a; }";
    }
    text += "struct G40<T> { T x; } interface I {} struct S { G0<I> a; }";
    EXPECT_THAT(changes(text, text), IsEmpty());
}

TEST(Evolution, FindsWhatBothVersionsKnowAtOtherPlaces)
{
    EXPECT_THAT(field_change("int32 x; int32 y;", "int32 y; int32 x;"),
                ElementsAre("breaks wire: a.S.y", "breaks wire: a.S.x"));
    EXPECT_THAT(field_change("int32 x; int32 y; int32 z;", "int32 x; int32 z;"), ElementsAre("breaks wire: a.S.z"));
    EXPECT_THAT(field_change("int32 x;", "int32 y; int32 x;"), ElementsAre("breaks wire: a.S.y", "breaks wire: a.S.x"));
    EXPECT_THAT(field_change("int32 x; int32 y;", "int32 x; reserved int32 y; int32 z;"),
                ElementsAre("breaks source: a.S.y", "safe: a.S.z"));
    EXPECT_THAT(changes("variant V { int32 x; int32 y; }", "variant V { int32 y; int32 x; }"),
                ElementsAre("breaks wire: a.V.y", "breaks wire: a.V.x"));
    EXPECT_THAT(changes("interface I { void F(int32 x, int32 y); }", "interface I { void F(int32 y, int32 x); }"),
                ElementsAre("breaks wire: a.I.F", "breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { void F(int32 x); }", "interface I { void F(int32 y, int32 x); }"),
                ElementsAre("breaks wire: a.I.F", "breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { void F(out int32 x, out int32 y); }",
                        "interface I { void F(out int32 y, out int32 x); }"),
                ElementsAre("breaks wire: a.I.F", "breaks wire: a.I.F"));
    EXPECT_THAT(changes("interface I { [wire(\"wa\")] void F(); [wire(\"wb\")] void G(); }",
                        "interface I { [wire(\"wb\")] void F(); [wire(\"wa\")] void G(); }"),
                ElementsAre("breaks wire: a.I.F", "breaks wire: a.I.G"));
}

TEST(Evolution, OfMethodsLooksAtInheritedOnes)
{
    EXPECT_THAT(changes("interface B {} interface X : B { void F(); }", "interface B { void F(); } interface X : B {}"),
                ElementsAre("breaks source: a.B.F", "safe: a.X.F"));
    EXPECT_THAT(changes("interface B { void F(); } interface X : B {}", "interface B {} interface X : B { void F(); }"),
                ElementsAre("breaks wire: a.B.F", "safe: a.X.F"));
    EXPECT_THAT(changes("interface X { void F(); }", "interface B { void F(); } interface X : B {}"),
                ElementsAre("safe: a.B", "safe: a.X", "safe: a.X.F"));
    EXPECT_THAT(
        changes("interface B {} interface X : B { void F(); }", "interface B { void F(int32 x); } interface X : B {}"),
        ElementsAre("breaks source: a.B.F", "breaks source: a.X.F", "safe: a.X.F"));
}

TEST(Evolution, OfSourceLooksAtAllThatProgramsSee)
{
    EXPECT_THAT(changes("interface I { void F(int32 x = 1); }", "interface I { void F(int32 x); }"),
                ElementsAre("breaks source: a.I.F"));
    EXPECT_THAT(changes("interface I { constructor(int32 x = 1); }", "interface I { constructor(int32 x); }"),
                IsEmpty());
    EXPECT_THAT(changes("interface I { void F(out int32 x); }", "interface I { void F(out int32 y); }"),
                ElementsAre("breaks source: a.I.F"));
    EXPECT_THAT(
        changes("[cpp(type = \"A\", header = \"a.h\")] native N;", "[cpp(type = \"B\", header = \"a.h\")] native N;"),
        ElementsAre("breaks source: a.N"));
    EXPECT_THAT(changes("interface I {}", "interface I { event void E(); }"), ElementsAre("safe: a.I.E"));
    EXPECT_THAT(changes("interface I { property int32 P; }", "interface I { [observable] property int32 P; }"),
                ElementsAre("safe: a.I.P_changed"));
    EXPECT_THAT(
        changes("exception X {} interface I { void F() throws X; }", "exception X {} interface I { void F(); }"),
        ElementsAre("breaks wire: a.I.F"));
    EXPECT_THAT(changes("exception X {} exception Y : X {} interface I { void F() throws Y; }",
                        "exception X {} exception Y : X {} interface I { void F() throws X; }"),
                ElementsAre("breaks wire: a.I.F"));
}

TEST(Evolution, TellsTypesApartThatAreSpelledAlike)
{
    const auto reason = [](const std::string& older, const std::string& newer) {
        const Resolved left("namespace a; " + older);
        const Resolved right("namespace a; " + newer);
        std::string text;
        for (const Change& change : compare(left.program, right.program)) {
            text += change.where + ": " + change.what.substr(0, change.what.find(';')) + '\n';
        }
        return text;
    };
    EXPECT_EQ(reason("struct S<T, U> { T x; }", "struct S<U, T> { T x; }"),
              "a.S.x: here was of type 'T' (type parameter number 1), and is 'T' (type parameter number 2)\n");
    EXPECT_EQ(reason("struct S<T> { list<T> x; }", "struct S<T> { set<int32> x; }"),
              "a.S.x: here was of type 'list<T>', and is 'set<int32>'\n");
    EXPECT_THAT(reason("[cpp(type = \"A\", header = \"a.h\")] native N; struct S { list<N> n; }",
                       "struct N { int32 x; } struct S { list<N> n; }"),
                HasSubstr("'list<a.N>' (a native type), and is 'list<a.N>' (a struct)"));
    EXPECT_EQ(reason("struct S { int32 x; } struct P { S s; }", "struct S<T> { T x; } struct P { S<int32> s; }"),
              "a.S: it has another number of type parameters\na.P.s: the type was 'a.S' and is 'a.S<int32>'\n");
    EXPECT_EQ(reason("interface X { void f(); }", "interface X { [wire(\"f\")] void g(); }"),
              "a.X.g: it was called 'f'\n");
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
