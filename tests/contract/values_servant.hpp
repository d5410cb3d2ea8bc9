// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "contract.remoting.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace contract {

class NodeServant final : public Node {
public:
    explicit NodeServant(std::string label = {}) : label_(std::move(label)) {}
    std::string get_Label() override { return label_; }
    void set_Label(const std::string& value) override { label_ = value; }
    std::shared_ptr<Node> get_Next() override { return next_; }
    void set_Next(const std::shared_ptr<Node>& value) override { next_ = value; }

private:
    std::string label_;
    std::shared_ptr<Node> next_;
};

class ValuesServant final : public Values {
public:
    void Tell(const Outer& outer, const std::vector<std::string>& texts,
              const std::map<std::string, std::int64_t>& totals, const remoting::Bytes& data,
              const std::optional<std::string>& maybe) override
    {
        set_Outer(outer);
        set_Texts(texts);
        set_Totals(totals);
        set_Data(data);
        set_MaybeText(maybe);
    }
    bool EchoBool(bool value, bool& both, bool& copy) override { return echo<bool>(value, both, copy); }
    bool get_Bool() override { return bool_; }
    void set_Bool(bool value) override { bool_ = value; }
    std::int8_t EchoInt8(std::int8_t value, std::int8_t& both, std::int8_t& copy) override
    {
        return echo<std::int8_t>(value, both, copy);
    }
    std::int8_t get_Int8() override { return int8_; }
    void set_Int8(std::int8_t value) override { int8_ = value; }
    std::int16_t EchoInt16(std::int16_t value, std::int16_t& both, std::int16_t& copy) override
    {
        return echo<std::int16_t>(value, both, copy);
    }
    std::int16_t get_Int16() override { return int16_; }
    void set_Int16(std::int16_t value) override { int16_ = value; }
    std::int32_t EchoInt32(std::int32_t value, std::int32_t& both, std::int32_t& copy) override
    {
        return echo<std::int32_t>(value, both, copy);
    }
    std::int32_t get_Int32() override { return int32_; }
    void set_Int32(std::int32_t value) override { int32_ = value; }
    std::int64_t EchoInt64(std::int64_t value, std::int64_t& both, std::int64_t& copy) override
    {
        return echo<std::int64_t>(value, both, copy);
    }
    std::int64_t get_Int64() override { return int64_; }
    void set_Int64(std::int64_t value) override { int64_ = value; }
    std::uint8_t EchoUInt8(std::uint8_t value, std::uint8_t& both, std::uint8_t& copy) override
    {
        return echo<std::uint8_t>(value, both, copy);
    }
    std::uint8_t get_UInt8() override { return uInt8_; }
    void set_UInt8(std::uint8_t value) override { uInt8_ = value; }
    std::uint16_t EchoUInt16(std::uint16_t value, std::uint16_t& both, std::uint16_t& copy) override
    {
        return echo<std::uint16_t>(value, both, copy);
    }
    std::uint16_t get_UInt16() override { return uInt16_; }
    void set_UInt16(std::uint16_t value) override { uInt16_ = value; }
    std::uint32_t EchoUInt32(std::uint32_t value, std::uint32_t& both, std::uint32_t& copy) override
    {
        return echo<std::uint32_t>(value, both, copy);
    }
    std::uint32_t get_UInt32() override { return uInt32_; }
    void set_UInt32(std::uint32_t value) override { uInt32_ = value; }
    std::uint64_t EchoUInt64(std::uint64_t value, std::uint64_t& both, std::uint64_t& copy) override
    {
        return echo<std::uint64_t>(value, both, copy);
    }
    std::uint64_t get_UInt64() override { return uInt64_; }
    void set_UInt64(std::uint64_t value) override { uInt64_ = value; }
    float EchoFloat(float value, float& both, float& copy) override { return echo<float>(value, both, copy); }
    float get_Float() override { return float_; }
    void set_Float(float value) override { float_ = value; }
    double EchoDouble(double value, double& both, double& copy) override { return echo<double>(value, both, copy); }
    double get_Double() override { return double_; }
    void set_Double(double value) override { double_ = value; }
    std::string EchoText(const std::string& value, std::string& both, std::string& copy) override
    {
        return echo<std::string>(value, both, copy);
    }
    std::string get_Text() override { return text_; }
    void set_Text(const std::string& value) override { text_ = value; }
    remoting::Bytes EchoData(const remoting::Bytes& value, remoting::Bytes& both, remoting::Bytes& copy) override
    {
        return echo<remoting::Bytes>(value, both, copy);
    }
    remoting::Bytes get_Data() override { return data_; }
    void set_Data(const remoting::Bytes& value) override { data_ = value; }
    remoting::Timestamp EchoTime(remoting::Timestamp value, remoting::Timestamp& both,
                                 remoting::Timestamp& copy) override
    {
        return echo<remoting::Timestamp>(value, both, copy);
    }
    remoting::Timestamp get_Time() override { return time_; }
    void set_Time(remoting::Timestamp value) override { time_ = value; }
    Colour EchoColour(Colour value, Colour& both, Colour& copy) override { return echo<Colour>(value, both, copy); }
    Colour get_Colour() override { return colour_; }
    void set_Colour(Colour value) override { colour_ = value; }
    Level EchoLevel(Level value, Level& both, Level& copy) override { return echo<Level>(value, both, copy); }
    Level get_Level() override { return level_; }
    void set_Level(Level value) override { level_ = value; }
    Inner EchoInner(const Inner& value, Inner& both, Inner& copy) override { return echo<Inner>(value, both, copy); }
    Inner get_Inner() override { return inner_; }
    void set_Inner(const Inner& value) override { inner_ = value; }
    Outer EchoOuter(const Outer& value, Outer& both, Outer& copy) override { return echo<Outer>(value, both, copy); }
    Outer get_Outer() override { return outer_; }
    void set_Outer(const Outer& value) override { outer_ = value; }
    Defaults EchoDefaults(const Defaults& value, Defaults& both, Defaults& copy) override
    {
        return echo<Defaults>(value, both, copy);
    }
    Defaults get_Defaults() override { return defaults_; }
    void set_Defaults(const Defaults& value) override { defaults_ = value; }
    std::optional<std::int32_t> EchoMaybeNumber(const std::optional<std::int32_t>& value,
                                                std::optional<std::int32_t>& both,
                                                std::optional<std::int32_t>& copy) override
    {
        return echo<std::optional<std::int32_t>>(value, both, copy);
    }
    std::optional<std::int32_t> get_MaybeNumber() override { return maybeNumber_; }
    void set_MaybeNumber(const std::optional<std::int32_t>& value) override { maybeNumber_ = value; }
    std::optional<std::string> EchoMaybeText(const std::optional<std::string>& value, std::optional<std::string>& both,
                                             std::optional<std::string>& copy) override
    {
        return echo<std::optional<std::string>>(value, both, copy);
    }
    std::optional<std::string> get_MaybeText() override { return maybeText_; }
    void set_MaybeText(const std::optional<std::string>& value) override { maybeText_ = value; }
    std::optional<Outer> EchoMaybeOuter(const std::optional<Outer>& value, std::optional<Outer>& both,
                                        std::optional<Outer>& copy) override
    {
        return echo<std::optional<Outer>>(value, both, copy);
    }
    std::optional<Outer> get_MaybeOuter() override { return maybeOuter_; }
    void set_MaybeOuter(const std::optional<Outer>& value) override { maybeOuter_ = value; }
    std::vector<std::int32_t> EchoNumbers(const std::vector<std::int32_t>& value, std::vector<std::int32_t>& both,
                                          std::vector<std::int32_t>& copy) override
    {
        return echo<std::vector<std::int32_t>>(value, both, copy);
    }
    std::vector<std::int32_t> get_Numbers() override { return numbers_; }
    void set_Numbers(const std::vector<std::int32_t>& value) override { numbers_ = value; }
    std::vector<std::string> EchoTexts(const std::vector<std::string>& value, std::vector<std::string>& both,
                                       std::vector<std::string>& copy) override
    {
        return echo<std::vector<std::string>>(value, both, copy);
    }
    std::vector<std::string> get_Texts() override { return texts_; }
    void set_Texts(const std::vector<std::string>& value) override { texts_ = value; }
    std::vector<bool> EchoFlags(const std::vector<bool>& value, std::vector<bool>& both,
                                std::vector<bool>& copy) override
    {
        return echo<std::vector<bool>>(value, both, copy);
    }
    std::vector<bool> get_Flags() override { return flags_; }
    void set_Flags(const std::vector<bool>& value) override { flags_ = value; }
    std::vector<std::optional<std::int32_t>> EchoHoles(const std::vector<std::optional<std::int32_t>>& value,
                                                       std::vector<std::optional<std::int32_t>>& both,
                                                       std::vector<std::optional<std::int32_t>>& copy) override
    {
        return echo<std::vector<std::optional<std::int32_t>>>(value, both, copy);
    }
    std::vector<std::optional<std::int32_t>> get_Holes() override { return holes_; }
    void set_Holes(const std::vector<std::optional<std::int32_t>>& value) override { holes_ = value; }
    std::vector<std::vector<double>> EchoMatrix(const std::vector<std::vector<double>>& value,
                                                std::vector<std::vector<double>>& both,
                                                std::vector<std::vector<double>>& copy) override
    {
        return echo<std::vector<std::vector<double>>>(value, both, copy);
    }
    std::vector<std::vector<double>> get_Matrix() override { return matrix_; }
    void set_Matrix(const std::vector<std::vector<double>>& value) override { matrix_ = value; }
    std::vector<Outer> EchoOuters(const std::vector<Outer>& value, std::vector<Outer>& both,
                                  std::vector<Outer>& copy) override
    {
        return echo<std::vector<Outer>>(value, both, copy);
    }
    std::vector<Outer> get_Outers() override { return outers_; }
    void set_Outers(const std::vector<Outer>& value) override { outers_ = value; }
    std::map<std::string, std::int64_t> EchoTotals(const std::map<std::string, std::int64_t>& value,
                                                   std::map<std::string, std::int64_t>& both,
                                                   std::map<std::string, std::int64_t>& copy) override
    {
        return echo<std::map<std::string, std::int64_t>>(value, both, copy);
    }
    std::map<std::string, std::int64_t> get_Totals() override { return totals_; }
    void set_Totals(const std::map<std::string, std::int64_t>& value) override { totals_ = value; }
    std::map<Level, remoting::Bytes> EchoByLevel(const std::map<Level, remoting::Bytes>& value,
                                                 std::map<Level, remoting::Bytes>& both,
                                                 std::map<Level, remoting::Bytes>& copy) override
    {
        return echo<std::map<Level, remoting::Bytes>>(value, both, copy);
    }
    std::map<Level, remoting::Bytes> get_ByLevel() override { return byLevel_; }
    void set_ByLevel(const std::map<Level, remoting::Bytes>& value) override { byLevel_ = value; }
    std::map<std::int32_t, std::map<std::string, std::vector<Inner>>> EchoNested(
        const std::map<std::int32_t, std::map<std::string, std::vector<Inner>>>& value,
        std::map<std::int32_t, std::map<std::string, std::vector<Inner>>>& both,
        std::map<std::int32_t, std::map<std::string, std::vector<Inner>>>& copy) override
    {
        return echo<std::map<std::int32_t, std::map<std::string, std::vector<Inner>>>>(value, both, copy);
    }
    std::map<std::int32_t, std::map<std::string, std::vector<Inner>>> get_Nested() override { return nested_; }
    void set_Nested(const std::map<std::int32_t, std::map<std::string, std::vector<Inner>>>& value) override
    {
        nested_ = value;
    }
    std::shared_ptr<Node> EchoNode(const std::shared_ptr<Node>& value, std::shared_ptr<Node>& both,
                                   std::shared_ptr<Node>& copy) override
    {
        return echo<std::shared_ptr<Node>>(value, both, copy);
    }
    std::shared_ptr<Node> get_Node() override { return node_; }
    void set_Node(const std::shared_ptr<Node>& value) override { node_ = value; }
    std::shared_ptr<Node> EchoMaybeNode(const std::shared_ptr<Node>& value, std::shared_ptr<Node>& both,
                                        std::shared_ptr<Node>& copy) override
    {
        return echo<std::shared_ptr<Node>>(value, both, copy);
    }
    std::shared_ptr<Node> get_MaybeNode() override { return maybeNode_; }
    void set_MaybeNode(const std::shared_ptr<Node>& value) override { maybeNode_ = value; }
    std::vector<std::shared_ptr<Node>> EchoNodes(const std::vector<std::shared_ptr<Node>>& value,
                                                 std::vector<std::shared_ptr<Node>>& both,
                                                 std::vector<std::shared_ptr<Node>>& copy) override
    {
        return echo<std::vector<std::shared_ptr<Node>>>(value, both, copy);
    }
    std::vector<std::shared_ptr<Node>> get_Nodes() override { return nodes_; }
    void set_Nodes(const std::vector<std::shared_ptr<Node>>& value) override { nodes_ = value; }
    std::map<std::string, std::shared_ptr<Node>> EchoNodesByName(
        const std::map<std::string, std::shared_ptr<Node>>& value, std::map<std::string, std::shared_ptr<Node>>& both,
        std::map<std::string, std::shared_ptr<Node>>& copy) override
    {
        return echo<std::map<std::string, std::shared_ptr<Node>>>(value, both, copy);
    }
    std::map<std::string, std::shared_ptr<Node>> get_NodesByName() override { return nodesByName_; }
    void set_NodesByName(const std::map<std::string, std::shared_ptr<Node>>& value) override { nodesByName_ = value; }
    Family EchoFamily(const Family& value, Family& both, Family& copy) override
    {
        return echo<Family>(value, both, copy);
    }
    Family get_Family() override { return family_; }
    void set_Family(const Family& value) override { family_ = value; }

private:
    template <class T>
    static T echo(const T& value, T& both, T& copy)
    {
        copy = std::move(both);
        both = value;
        return value;
    }

    bool bool_{};
    std::int8_t int8_{};
    std::int16_t int16_{};
    std::int32_t int32_{};
    std::int64_t int64_{};
    std::uint8_t uInt8_{};
    std::uint16_t uInt16_{};
    std::uint32_t uInt32_{};
    std::uint64_t uInt64_{};
    float float_{};
    double double_{};
    std::string text_{};
    remoting::Bytes data_{};
    remoting::Timestamp time_{};
    Colour colour_{};
    Level level_{};
    Inner inner_{};
    Outer outer_{};
    Defaults defaults_{};
    std::optional<std::int32_t> maybeNumber_{};
    std::optional<std::string> maybeText_{};
    std::optional<Outer> maybeOuter_{};
    std::vector<std::int32_t> numbers_{};
    std::vector<std::string> texts_{};
    std::vector<bool> flags_{};
    std::vector<std::optional<std::int32_t>> holes_{};
    std::vector<std::vector<double>> matrix_{};
    std::vector<Outer> outers_{};
    std::map<std::string, std::int64_t> totals_{};
    std::map<Level, remoting::Bytes> byLevel_{};
    std::map<std::int32_t, std::map<std::string, std::vector<Inner>>> nested_{};
    std::shared_ptr<Node> node_{};
    std::shared_ptr<Node> maybeNode_{};
    std::vector<std::shared_ptr<Node>> nodes_{};
    std::map<std::string, std::shared_ptr<Node>> nodesByName_{};
    Family family_{};
};

}  // namespace contract
