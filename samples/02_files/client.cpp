// SPDX-License-Identifier: BSL-1.0
#include "mirror_command.hpp"
#include "sha256.hpp"

#include <remoting/client.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace {

void list(files::FileService& service, const std::string& folder)
{
    files::Page page;
    std::string last;
    do {
        page = service.List(folder, last);
        for (const files::Entry& entry : page.entries) {
            last = entry.name;
            std::cout << entry.kind << '\t' << entry.size << '\t' << entry.name;
            if (entry.target) {
                std::cout << " -> " << *entry.target;
            }
            std::cout << '\n';
        }
    } while (page.more);
}

void print(files::FileService& service, const std::string& path)
{
    const std::shared_ptr<files::File> file = service.Open(path);
    for (std::uint64_t offset = 0;;) {
        const remoting::Bytes piece = file->Read(offset, files::MaxRead);
        if (piece.empty()) {
            break;
        }
        std::cout << piece.as_string_view();
        offset += piece.size();
    }
}

void search(files::FileService& service, const std::string& text, const std::string& folder)
{
    for (const files::Match& match : service.Search(folder, text, files::MaxEntries)) {
        std::cout << match.path << ':' << match.line << ": " << match.text << '\n';
    }
}

struct Arguments {
    std::string url;
    std::string path;
    std::string text;
    std::string destination;
};

int run(const CLI::App& app, const Arguments& arguments)
{
    remoting::Client client;
    const auto service = client.get_object<files::FileService>(arguments.url + "/files");
    if (app.got_subcommand("list")) {
        list(*service, arguments.path);
    } else if (app.got_subcommand("print")) {
        print(*service, arguments.path);
    } else if (app.got_subcommand("checksum")) {
        std::cout << files::hexadecimal(service->Open(arguments.path)->Checksum()) << "  " << arguments.path << '\n';
    } else if (app.got_subcommand("search")) {
        search(*service, arguments.text, arguments.path);
    } else {
        return files::mirror(service, arguments.path, arguments.destination) ? 0 : 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    Arguments arguments;
    CLI::App app("Reads the files of a files_server");
    app.require_subcommand(1);
    app.add_option("URL", arguments.url, "The server's: tcp://127.0.0.1:6200 or pipe://files")->required();
    app.add_subcommand("list", "List a folder")->add_option("FOLDER", arguments.path);
    app.add_subcommand("print", "Print a file")->add_option("FILE", arguments.path)->required();
    app.add_subcommand("checksum", "SHA-256 of a file")->add_option("FILE", arguments.path)->required();
    CLI::App* search = app.add_subcommand("search", "Find lines that contain a text");
    search->add_option("TEXT", arguments.text)->required();
    search->add_option("FOLDER", arguments.path);
    CLI::App* mirror = app.add_subcommand("mirror", "Copy a folder and prove each copy by its checksum");
    mirror->add_option("FOLDER", arguments.path);
    mirror->add_option("--to", arguments.destination,
                       "An empty or new folder; else a temporary one, removed at the end");
    CLI11_PARSE(app, argc, argv);

    try {
        return run(app, arguments);
    } catch (const files::OutsideRoot& error) {
        std::cerr << "refused: " << error.path << ": " << error.reason << '\n';
    } catch (const files::FileError& error) {
        std::cerr << error.path << ": " << error.reason << '\n';
    } catch (const std::exception& error) {
        std::cerr << "files_client: " << error.what() << '\n';
    }
    return 1;
}
