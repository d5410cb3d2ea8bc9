// SPDX-License-Identifier: BSL-1.0
#include "record_file.hpp"

#include <remoting/errors/exceptions.hpp>
#include <remoting/serialization/archive.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace remoting {

namespace {

constexpr std::array<char, 4> magic{'R', 'M', 'C', 'R'};
constexpr std::uint32_t version = 1;
constexpr std::size_t head_size = magic.size() + sizeof version;
constexpr std::size_t largest_record = std::size_t{64} * 1024;

void encode(OutputArchive& archive, const RecordedCall& call)
{
    archive& call.ended& static_cast<std::int64_t>(std::chrono::nanoseconds(call.took).count());
    archive& call.method& call.object& call.address& call.trace;
    archive& call.on_server& call.one_way& static_cast<std::uint16_t>(call.code) & call.error;
}

[[noreturn]] void corrupt(const std::string& what)
{
    throw RemotingError(ErrorCode::storage_corrupt, Executed::no, "recorded calls: " + what);
}

/// All members have to be there, so that a record costs little more than its bytes.
RecordedCall decode(std::span<const std::byte> record)
{
    RecordedCall call;
    try {
        InputArchive archive(record);
        call.ended = archive.read<Timestamp>();
        call.took = std::chrono::nanoseconds(archive.read<std::int64_t>());
        call.method = archive.read<std::string>();
        call.object = archive.read<std::string>();
        call.address = archive.read<std::string>();
        call.trace = archive.read<std::string>();
        call.on_server = archive.read<bool>();
        call.one_way = archive.read<bool>();
        call.code = error_code_of(archive.read<std::uint16_t>());
        call.error = archive.read<std::string>();
    } catch (const RemotingError& error) {
        corrupt(error.cause());
    }
    if (call.took < Duration::zero()) {
        corrupt("a call that ended before it began");
    }
    return call;
}

std::uint32_t read_number(std::span<const std::byte> bytes) noexcept
{
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

[[noreturn]] void cannot(ErrorCode code, const std::string& what, const std::string& name)
{
    throw RemotingError(code, Executed::no, what + " " + name + ": " + std::strerror(errno));
}

}  // namespace

RecordFile::RecordFile(std::string name, std::uint64_t limit) : name_(std::move(name)), limit_(limit)
{
    if (!begin()) {
        cannot(ErrorCode::resource_exhausted, "cannot write calls to", name_);
    }
}

/// What is there already becomes NAME.1.
bool RecordFile::begin()
{
    file_.reset();
    if (std::rename(name_.c_str(), (name_ + ".1").c_str()) != 0 && errno != ENOENT) {
        return false;
    }
    const int descriptor = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) {
        return false;
    }
    file_.reset(::fdopen(descriptor, "w"));
    if (file_ == nullptr) {
        ::close(descriptor);
        return false;
    }
    written_ = head_size;
    return std::fwrite(magic.data(), 1, magic.size(), file_.get()) == magic.size() &&
           std::fwrite(&version, 1, sizeof version, file_.get()) == sizeof version;
}

bool RecordFile::write(const RecordedCall& call)
{
    buffer_.clear();
    OutputArchive archive(buffer_);
    encode(archive, call);
    const auto size = static_cast<std::uint32_t>(buffer_.size());
    const std::size_t whole = sizeof size + size;
    const bool is_full = written_ > head_size && written_ + whole > limit_;
    if ((is_full || file_ == nullptr) && !begin()) {
        file_.reset();
        return false;
    }
    written_ += whole;
    return std::fwrite(&size, 1, sizeof size, file_.get()) == sizeof size &&
           std::fwrite(buffer_.data(), 1, size, file_.get()) == size;
}

bool RecordFile::flush() noexcept
{
    return file_ != nullptr && std::fflush(file_.get()) == 0;
}

std::vector<RecordedCall> decode_recorded_calls(std::span<const std::byte> content)
{
    if (content.size() < head_size || std::memcmp(content.data(), magic.data(), magic.size()) != 0) {
        corrupt("not a file of a CallRecorder");
    }
    if (const std::uint32_t found = read_number(content.subspan(magic.size())); found != version) {
        corrupt("version " + std::to_string(found) + ", which this program does not know");
    }
    std::vector<RecordedCall> calls;
    content = content.subspan(head_size);
    while (content.size() >= sizeof(std::uint32_t)) {
        const std::size_t size = read_number(content);
        content = content.subspan(sizeof(std::uint32_t));
        if (size == 0 || size > largest_record) {
            corrupt("a record of " + std::to_string(size) + " bytes");
        }
        if (size > content.size()) {
            break;
        }
        calls.push_back(decode(content.first(size)));
        content = content.subspan(size);
    }
    return calls;
}

std::vector<RecordedCall> read_recorded_calls(const std::string& name)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "rbe"), std::fclose);
    if (file == nullptr) {
        cannot(errno == ENOENT ? ErrorCode::object_not_found : ErrorCode::resource_exhausted, "cannot read", name);
    }
    std::vector<std::byte> content;
    std::array<std::byte, 65536> piece;
    while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), file.get())) {
        content.insert(content.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (std::ferror(file.get()) != 0) {
        cannot(ErrorCode::resource_exhausted, "cannot read", name);
    }
    return decode_recorded_calls(content);
}

}  // namespace remoting
