// SPDX-License-Identifier: BSL-1.0
#include "older/evolving.remoting.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/server.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <typeinfo>
#include <utility>

namespace {

class Office final : public evolving::Office {
public:
    explicit Office(std::string name) : name_(std::move(name)) {}
    std::string Name() override { return name_; }
    evolving::Report Copy(const evolving::Report& report) override { return report; }
    void Fail(bool) override { throw evolving::Problem("of old"); }
    std::string Inspect(const std::shared_ptr<evolving::Office>& inspector) override
    {
        try {
            inspector->Fail(true);
            return "nothing";
        } catch (const evolving::Problem& problem) {
            return typeid(problem) == typeid(evolving::Problem) ? "Problem " + problem.reason : "something else";
        } catch (const std::exception& error) {
            return error.what();
        }
    }

private:
    std::string name_;
};

}  // namespace

/// Serves at the URL given, until its input ends.
int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: process_older_server <url>\n";
        return 2;
    }
    remoting::Server server;
    server.publish<evolving::Office>("office", std::make_shared<Office>("published"));
    server.register_activated<evolving::Office, Office>();
    std::cout << "listening " << server.listen(argv[1]) << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
}
