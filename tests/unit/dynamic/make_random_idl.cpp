// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

// Writes an IDL file of random types, the same for the same seed: make_random_idl <seed> <file>

namespace {

class RandomIdl final {
public:
    explicit RandomIdl(unsigned seed) : random_(seed) {}

    std::string text()
    {
        std::string text = "namespace made;\n";
        for (const char* underlying : {"int8", "uint16", "int32", "uint64"}) {
            enums_.push_back("E" + std::to_string(enums_.size()));
            text += "enum " + enums_.back() + " : " + underlying + " { A, B = 5, C = 127 }\n";
        }
        text += "struct Box<T> { T value; list<T> more; }\nstruct Two<K, V> { list<K> keys; V? last; Box<V>? box; }\n";
        for (std::size_t index = 0; index < 40; ++index) {
            text += declaration("T" + std::to_string(index), index % 4 == 3);
            types_.push_back("T" + std::to_string(index));
        }
        text += "interface Carrier {\n";
        for (const std::string& type : types_) {
            text += "    void Take" + type + '(' + type + " value);\n";
        }
        for (int index = 0; index < 20; ++index) {
            text += "    void Many" + std::to_string(index) + '(' + type(0) + " a, " + type(0) + " b, " + type(0) + " c);\n";
        }
        return text + "}\n";
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }
    const std::string& one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }

    std::string declaration(const std::string& name, bool is_variant)
    {
        std::string text = (is_variant ? "variant " : "struct ") + name + " {\n";
        const std::size_t count = 1 + below(7);
        for (std::size_t index = 0; index < count; ++index) {
            const bool is_reserved = below(12) == 0 && index != 0;
            text += std::string("    ") + (is_reserved ? "reserved " : "") + type(0) + " f" + std::to_string(index) + ";\n";
        }
        for (int index = 0; !is_variant && index < 2; ++index) {
            static const std::vector<std::string> defaults = {
                "int32 d = -7",        "string d = \"text\\n\"",        "bool d = true",      "double d = 2.5",
                "duration d = 20ms",   "list<int16> d = [1, 2]",        "char d = 'x'",       "decimal d = 1.50",
                "bytes d = \"raw\"",   "map<string, bool> d = {\"a\": true}", "E1 d = E1.B",   "set<int8> d = [3, -3]",
                "float? d = 0.5",      "timestamp d = \"2024-02-29T12:30:00Z\"", "uint64 d = 18446744073709551615",
                "uuid d = \"01234567-89ab-cdef-0123-456789abcdef\"", "array<int8, 2> d = [1, 2]"};
            std::string text_of_default = one_of(defaults);
            text_of_default.insert(text_of_default.find(" d =") + 2, std::to_string(index));
            text += "    " + text_of_default + ";\n";
        }
        return text + "}\n";
    }

    std::string key()
    {
        static const std::vector<std::string> keys = {"bool",   "int8",   "int64", "uint16", "uint64", "string",
                                                      "char",   "uuid",   "timestamp", "duration", "E0", "E3"};
        return one_of(keys);
    }

    std::string type(int depth)
    {
        static const std::vector<std::string> plain = {
            "bool",  "int8",  "int16",  "int32",     "int64", "uint8",    "uint16", "uint32",  "uint64", "float",
            "double", "string", "bytes", "timestamp", "char",  "duration", "uuid",   "decimal", "any"};
        switch (depth > 2 ? below(6) : below(16)) {
            case 0:
                return one_of(enums_);
            case 1:
                return types_.empty() ? "int32" : one_of(types_);
            case 6:
            case 7: {
                const std::string inner = type(depth + 1);
                return inner.ends_with('?') ? inner : inner + '?';
            }
            case 8:
            case 9:
                return "list<" + type(depth + 1) + '>';
            case 10:
                return "array<" + type(depth + 1) + ", " + std::to_string(1 + below(3)) + '>';
            case 11:
                return "set<" + key() + '>';
            case 12:
            case 13:
                return "map<" + key() + ", " + type(depth + 1) + '>';
            case 14:
                return "Box<" + without_question(type(depth + 1)) + '>';
            case 15:
                return "Two<" + key() + ", " + without_question(type(depth + 1)) + '>';
            default:
                return one_of(plain);
        }
    }
    static std::string without_question(std::string type)
    {
        return type.ends_with('?') ? type.substr(0, type.size() - 1) : type;
    }

    std::mt19937 random_;
    std::vector<std::string> enums_;
    std::vector<std::string> types_;
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: make_random_idl <seed> <file>\n";
        return 2;
    }
    std::ofstream file(argv[2]);
    file << RandomIdl(static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10))).text();
    return file.flush() ? 0 : 1;
}
