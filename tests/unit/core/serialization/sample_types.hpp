// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <remoting/types/bytes.hpp>
#include <remoting/types/timestamp.hpp>
#include <remoting/types/unknown_alternative.hpp>

#include <boost/serialization/nvp.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

// Types as remoting-idl writes them, one with a member of nearly every kind.

namespace bank {

enum class Currency : std::uint8_t { EUR = 0, USD = 10 };

struct Money {
    Currency currency = Currency::EUR;
    std::int64_t cents = 0;
    friend bool operator==(const Money&, const Money&) = default;
};

using Owner = std::variant<std::string, Money, std::vector<std::int32_t>>;

struct Entry {
    remoting::Timestamp when{};
    Money amount;
    std::optional<std::string> note;
    std::vector<std::string> tags;
    friend bool operator==(const Entry&, const Entry&) = default;
};

/// A struct within itself, to any depth.
struct Tree {
    std::int32_t value = 0;
    std::vector<Tree> branches;
    friend bool operator==(const Tree&, const Tree&) = default;
};

struct Report {
    bool final = false;
    std::int8_t small = 1;
    std::uint16_t medium = 2;
    std::int32_t large = -3;
    std::uint64_t huge = 4;
    float ratio = 0.5F;
    double limit = -0.25;
    std::string title = "none";
    remoting::Bytes attachment;
    std::vector<Entry> entries;
    std::map<std::string, Money> totals;
    std::map<std::int32_t, std::vector<std::uint8_t>> pages;
    std::set<std::uint16_t> codes;
    std::array<std::int16_t, 3> triple{};
    std::array<std::string, 2> names;
    std::vector<bool> flags;
    std::vector<double> samples;
    std::optional<Money> bonus;
    Owner owner;
    Tree tree;
    std::vector<std::optional<std::int64_t>> holes;
    friend bool operator==(const Report&, const Report&) = default;
};

template <class Archive>
void serialize(Archive& archive, Money& value, const unsigned int /*version*/)
{
    archive& boost::serialization::make_nvp("currency", value.currency);
    archive& boost::serialization::make_nvp("cents", value.cents);
}

template <class Archive>
void serialize(Archive& archive, Entry& value, const unsigned int /*version*/)
{
    archive& boost::serialization::make_nvp("when", value.when);
    archive& boost::serialization::make_nvp("amount", value.amount);
    archive& boost::serialization::make_nvp("note", value.note);
    archive& boost::serialization::make_nvp("tags", value.tags);
}

template <class Archive>
void serialize(Archive& archive, Tree& value, const unsigned int /*version*/)
{
    archive& boost::serialization::make_nvp("value", value.value);
    archive& boost::serialization::make_nvp("branches", value.branches);
}

template <class Archive>
void serialize(Archive& archive, Report& value, const unsigned int /*version*/)
{
    archive& boost::serialization::make_nvp("final", value.final);
    archive& boost::serialization::make_nvp("small", value.small);
    archive& boost::serialization::make_nvp("medium", value.medium);
    archive& boost::serialization::make_nvp("large", value.large);
    archive& boost::serialization::make_nvp("huge", value.huge);
    archive& boost::serialization::make_nvp("ratio", value.ratio);
    archive& boost::serialization::make_nvp("limit", value.limit);
    archive& boost::serialization::make_nvp("title", value.title);
    archive& boost::serialization::make_nvp("attachment", value.attachment);
    archive& boost::serialization::make_nvp("entries", value.entries);
    archive& boost::serialization::make_nvp("totals", value.totals);
    archive& boost::serialization::make_nvp("pages", value.pages);
    archive& boost::serialization::make_nvp("codes", value.codes);
    archive& boost::serialization::make_nvp("triple", value.triple);
    archive& boost::serialization::make_nvp("names", value.names);
    archive& boost::serialization::make_nvp("flags", value.flags);
    archive& boost::serialization::make_nvp("samples", value.samples);
    archive& boost::serialization::make_nvp("bonus", value.bonus);
    archive& boost::serialization::make_nvp("owner", value.owner);
    archive& boost::serialization::make_nvp("tree", value.tree);
    archive& boost::serialization::make_nvp("holes", value.holes);
}

inline Report sample_report()
{
    using namespace std::string_literals;
    Report report;
    report.final = true;
    report.small = -128;
    report.medium = 65535;
    report.large = 2'000'000'000;
    report.huge = 0xFEDC'BA98'7654'3210U;
    report.ratio = 1.5F;
    report.limit = 1e300;
    report.title = "r\u00e9sum\u00e9 \U0001F4B6 of the year";
    report.attachment = remoting::Bytes("\x00\xff\x80"s);
    report.entries = {
        {remoting::Timestamp(remoting::Timestamp::duration(123)), {Currency::USD, 5}, "a note", {"x", "yy"}},
        {remoting::Timestamp(), {}, std::nullopt, {}}};
    report.totals = {{"Ada", {Currency::EUR, -1}}, {"Grace", {Currency::USD, 7}}};
    report.pages = {{-1, {}}, {4, {1, 2, 3}}};
    report.codes = {1, 500};
    report.triple = {-1, 0, 1};
    report.names = {"first", ""};
    report.flags = {true, false, true};
    report.samples = {0.0, -1.0};
    report.bonus = Money{Currency::USD, 1};
    report.owner = Money{Currency::USD, 99};
    report.tree = {1, {{2, {{3, {}}}}, {4, {}}}};
    report.holes = {1, std::nullopt, 3};
    return report;
}

}  // namespace bank
