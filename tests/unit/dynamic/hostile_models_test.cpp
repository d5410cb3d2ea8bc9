// SPDX-License-Identifier: BSL-1.0
#include "coding.hpp"
#include "errors.hpp"

#include <gtest/gtest.h>

#include <functional>

// What a server says of its types may be a lie.

namespace remoting::test {
namespace {

using namespace remoting_;

TypeDescription structure(std::string name, std::vector<FieldDescription> fields, std::vector<std::string> parameters = {})
{
    TypeDescription type;
    type.form = DescribedForm::structure;
    type.name = std::move(name);
    type.fields = std::move(fields);
    type.parameters = std::move(parameters);
    return type;
}

FieldDescription field(std::string name, std::string type)
{
    return {std::move(name), std::move(type), "", false};
}

void expect_refused(const ModelDescription& model, ErrorCode code = ErrorCode::invalid_argument)
{
    expect_error(code, Executed::no, [&] { TypeModel::from(model); });
}

TEST(HostileModels, AMillionMembersAreRefused)
{
    ModelDescription model;
    model.types.push_back(structure("a.A", std::vector<FieldDescription>(1'000'000, field("x", "int32"))));
    expect_refused(model, ErrorCode::limit_exceeded);
}

TEST(HostileModels, TypesThatAreNoneAreRefused)
{
    std::string deep = "int32";
    for (int depth = 0; depth < 1000; ++depth) {
        deep = "list<" + deep + '>';
    }
    const std::string very_deep = std::string(1'000'000, '<');
    for (const std::string& type :
         {std::string(), deep, very_deep, std::string("list"), std::string("list<"), std::string("list<int32, int32>"),
          std::string("array<int32>"), std::string("array<int32, 0>"), std::string("array<int32, 99999999999>"),
          std::string("map<double, int32>"), std::string("map<list<int32>, int32>"), std::string("int32??"),
          std::string("a.Nothing"), std::string("a.A<int32>"), std::string("int32 "), std::string("set<int32?>")}) {
        ModelDescription model;
        model.types.push_back(structure("a.A", {field("x", type)}));
        SCOPED_TRACE(type.substr(0, 60));
        expect_refused(model);
    }
}

TEST(HostileModels, DeclarationsThatContradictEachOtherAreRefused)
{
    ModelDescription twice;
    twice.types = {structure("a.A", {}), structure("a.A", {})};
    expect_refused(twice);
    ModelDescription also_interface;
    also_interface.types = {structure("a.A", {})};
    also_interface.interfaces.push_back({"a.A", {}, {}, {}});
    expect_refused(also_interface);
    ModelDescription unknown_form;
    unknown_form.types = {structure("a.A", {})};
    unknown_form.types[0].form = static_cast<DescribedForm>(77);
    expect_refused(unknown_form);
    ModelDescription no_base;
    no_base.exceptions.push_back({"a.E", "a.F", {}});
    expect_refused(no_base);
    ModelDescription own_base;
    own_base.exceptions = {{"a.E", "a.F", {}}, {"a.F", "a.E", {}}};
    expect_refused(own_base);
    ModelDescription strange_enum;
    strange_enum.types = {structure("a.A", {})};
    strange_enum.types[0].form = DescribedForm::enumeration;
    strange_enum.types[0].underlying = "string";
    expect_refused(strange_enum);
    ModelDescription bad_default;
    bad_default.types = {structure("a.A", {{"x", "int32", "[", false}})};
    expect_refused(bad_default);
}

TEST(HostileModels, StructsThatHoldThemselvesEndSomewhere)
{
    ModelDescription model;
    model.types = {structure("a.A", {field("a", "a.A"), field("b", "a.A")}),
                   structure("a.B", {field("b", "list<a.B>")}),
                   structure("a.G", {field("next", "a.G<a.G<T>>")}, {"T"})};
    const Coding coding(TypeModel::from(model));
    EXPECT_TRUE(contains(coding.mistake("a.A", "{}"), ".a.a.a: structs are nested"));
    EXPECT_TRUE(contains(coding.mistake("a.G<int32>", "{}"), "structs are nested"));
    const auto decode = [&](std::string_view type, const std::string& bytes) { coding.decoded(type, bytes); };
    EXPECT_TRUE(thrown<RemotingError>([&] { decode("a.A", std::string(4, '\0')); }));
    EXPECT_TRUE(thrown<RemotingError>([&] { decode("a.G<int32>", std::string(4, '\0')); }));
    std::string nested = std::string(4, '\0');
    for (int depth = 0; depth < 100; ++depth) {
        const auto size = static_cast<std::uint32_t>(nested.size() + 4);
        nested = std::string(reinterpret_cast<const char*>(&size), 4) + std::string("\1\0\0\0", 4) + nested;
    }
    const auto error = thrown<RemotingError>([&] { decode("a.B", nested); });
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->code()), "limit_exceeded");
}

TEST(HostileModels, DefaultsThatGrowWithoutEndAreBounded)
{
    ModelDescription model;
    model.types.push_back(structure("a.S0", {field("x", "array<array<int32, 65536>, 65536>")}));
    for (int index = 1; index < 40; ++index) {
        const std::string inner = "a.S" + std::to_string(index - 1);
        model.types.push_back(structure("a.S" + std::to_string(index), {field("a", inner), field("b", inner)}));
    }
    const Coding coding(TypeModel::from(model));
    for (const char* type : {"a.S0", "a.S39"}) {
        EXPECT_TRUE(thrown<RemotingError>([&] { coding.decoded(type, std::string(4, '\0')); })) << type;
    }
}

TEST(HostileModels, WhatJsonTakesInMemoryIsCharged)
{
    std::vector<FieldDescription> many;
    for (int index = 0; index < 1000; ++index) {
        many.push_back(field("member" + std::to_string(index), "bool"));
    }
    ModelDescription model;
    model.types.push_back(structure("a.Many", many));
    const Coding coding(TypeModel::from(model));
    std::string bytes("\x10\x27\0\0", 4);  // ten thousand structs of which nothing was sent
    bytes += std::string(40'000, '\0');
    const auto error = thrown<RemotingError>([&] { coding.decoded("list<a.Many>", bytes); });
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->code()), "limit_exceeded");
}

TEST(HostileModels, DescribedJsonThatIsNoneIsRefused)
{
    std::string deep = R"({"format": 1, "modules": )" + std::string(100'000, '[') + std::string(100'000, ']') + '}';
    for (const std::string& text :
         {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"format": 2, "modules": []})"), deep,
          std::string(R"({"format": 1, "modules": 5})"), std::string(R"({"format": 1, "modules": [{"enums": [{}]}]})"),
          std::string(R"({"format": 1, "modules": [{"interfaces": [{"name": "a.A", "bases": ["a.B"]}]}]})"),
          std::string(R"({"format": 1, "modules": [{"structs": [{"name": 5}]}]})")}) {
        expect_error(ErrorCode::invalid_argument, Executed::no, [&] { TypeModel::from_json(text); });
    }
    EXPECT_TRUE(TypeModel::from_json(R"({"format": 1, "modules": []})")->interfaces().empty());
    const auto cyclic = TypeModel::from_json(R"({"format": 1, "modules": [{"interfaces": [
        {"name": "a.A", "bases": ["a.B"]}, {"name": "a.B", "bases": ["a.A"]}]}]})");
    EXPECT_EQ(cyclic->interfaces().size(), 2U);
}

}  // namespace
}  // namespace remoting::test
