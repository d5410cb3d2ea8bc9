// SPDX-License-Identifier: BSL-1.0
#include <remoting/serialization/utf8.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace remoting {
namespace {

using namespace std::string_literals;

struct Sample {
    const char* description;
    std::string text;
    bool valid;
};

const Sample samples[] = {
    {"empty", "", true},
    {"a zero byte", "\0"s, true},
    {"the last of one byte", "\x7F", true},
    {"a lone continuation", "\x80", false},
    {"the last lone continuation", "\xBF", false},
    {"an overlong slash in two bytes", "\xC0\xAF", false},
    {"an overlong lead", "\xC1\xBF", false},
    {"the first of two bytes", "\xC2\x80", true},
    {"the last of two bytes", "\xDF\xBF", true},
    {"two bytes cut short", "\xC2", false},
    {"two bytes with a bad second", "\xC2\x41", false},
    {"an overlong form in three bytes", "\xE0\x9F\xBF", false},
    {"the first of three bytes", "\xE0\xA0\x80", true},
    {"before the surrogates", "\xED\x9F\xBF", true},
    {"the first surrogate", "\xED\xA0\x80", false},
    {"the last surrogate", "\xED\xBF\xBF", false},
    {"behind the surrogates", "\xEE\x80\x80", true},
    {"the last of three bytes", "\xEF\xBF\xBF", true},
    {"three bytes cut after one", "\xE1", false},
    {"three bytes cut after two", "\xE1\x80", false},
    {"three bytes with a bad third", "\xE1\x80\xC0", false},
    {"an overlong form in four bytes", "\xF0\x8F\xBF\xBF", false},
    {"the first of four bytes", "\xF0\x90\x80\x80", true},
    {"the last code point", "\xF4\x8F\xBF\xBF", true},
    {"above the last code point", "\xF4\x90\x80\x80", false},
    {"a lead above them all", "\xF5\x80\x80\x80", false},
    {"four bytes cut after three", "\xF1\x80\x80", false},
    {"four bytes with a bad fourth", "\xF1\x80\x80\x7F", false},
    {"five bytes", "\xF8\x88\x80\x80\x80", false},
    {"0xFE", "\xFE", false},
    {"0xFF", "\xFF", false},
};

TEST(Utf8, AcceptsAndRejectsWhatTheStandardSays)
{
    for (const Sample& sample : samples) {
        EXPECT_EQ(is_utf8(sample.text), sample.valid) << sample.description;
    }
}

TEST(Utf8, JudgesASequenceAlikeWhereverItStandsInAText)
{
    for (const Sample& sample : samples) {
        for (std::size_t before = 0; before < 70; ++before) {
            for (const std::size_t after : {0U, 1U, 7U, 8U, 40U}) {
                const std::string text = std::string(before, 'a') + sample.text + std::string(after, 'z');
                ASSERT_EQ(is_utf8(text), sample.valid) << sample.description << " behind " << before << " letters";
            }
        }
    }
}

std::string utf8_of(std::uint32_t code)
{
    const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) {
        return {byte(code)};
    }
    if (code < 0x800) {
        return {byte(0xC0 | (code >> 6)), byte(0x80 | (code & 0x3F))};
    }
    if (code < 0x10000) {
        return {byte(0xE0 | (code >> 12)), byte(0x80 | ((code >> 6) & 0x3F)), byte(0x80 | (code & 0x3F))};
    }
    return {byte(0xF0 | (code >> 18)), byte(0x80 | ((code >> 12) & 0x3F)), byte(0x80 | ((code >> 6) & 0x3F)),
            byte(0x80 | (code & 0x3F))};
}

TEST(Utf8, AcceptsEveryCodePointButSurrogates)
{
    for (std::uint32_t code = 0; code < 0x11'0000; ++code) {
        const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        ASSERT_EQ(is_utf8(utf8_of(code)), !is_surrogate) << std::hex << code;
    }
    for (std::uint32_t code = 0x11'0000; code < 0x20'0000; ++code) {
        ASSERT_FALSE(is_utf8(utf8_of(code))) << std::hex << code;
    }
}

}  // namespace
}  // namespace remoting
