// SPDX-License-Identifier: BSL-1.0
#include "upload.hpp"

#include <remoting/client.hpp>

#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using live::Depot;

/// Until `most` lines were printed; 0: for ever.
void tail(Depot& depot, const std::string& name, unsigned long most)
{
    unsigned long printed = 0;
    // A log may be silent for long: that is no reason to give up.
    for (const std::string& line : depot.Tail(name, 10).with_idle_timeout(remoting::infinite)) {
        std::cout << line << std::endl;
        if (++printed == most) {
            return;  // lets go of the stream, and the server stops reading
        }
    }
}

void upload(Depot& depot, const std::string& folder, const std::string& name)
{
    live::Folder files(folder);
    live::ProgressBar bar(files.size);
    const auto stored =
        depot.Upload(name, live::pieces_of(std::move(files), [&](std::uintmax_t done) { bar.show(done); }));
    std::cout << "stored " << stored.files << " files of " << stored.size << " bytes as " << name << std::endl;
}

int run(const std::vector<std::string>& words)
{
    remoting::Client client;
    const auto depot = client.get_object<Depot>(words[0] + "/depot");
    if (words[1] == "tail" && (words.size() == 3 || words.size() == 4)) {
        tail(*depot, words[2], words.size() == 4 ? std::stoul(words[3]) : 0);
        return 0;
    }
    if (words[1] == "upload" && words.size() == 4) {
        upload(*depot, words[2], words[3]);
        return 0;
    }
    return 2;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        const int status = words.size() < 3 ? 2 : run(words);
        if (status == 2) {
            std::cerr << "usage: streams_client URL tail NAME [LINES]     the end of a log file, and how it goes on\n"
                         "       streams_client URL upload FOLDER NAME    stores a folder on the server\n";
        }
        return status;
    } catch (const live::NotFound& error) {
        std::cerr << "streams_client: the server has no log file '" << error.name << "'\n";
    } catch (const live::Refused& error) {
        std::cerr << "streams_client: the server refuses: " << error.reason << '\n';
    } catch (const std::exception& error) {
        std::cerr << "streams_client: " << error.what() << '\n';
    }
    return 1;
}
