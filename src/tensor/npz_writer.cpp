#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <zip.h>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "tensor/npy.hpp"
#include "tensor/npy_parts.hpp"
#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

constexpr std::string_view kSuffix = ".npy";

[[noreturn]] void fail_to_write(const std::filesystem::path& path, std::string_view reason) {
  throw Error(ErrorCode::kFileUnwritable, fmt::format("cannot write {}: {}", path.string(), reason),
              "Check that the folder exists, that you may write there and that the disk has room.");
}

// A folder beside the output for libzip to write in, removed by the destructor. (libzip replaces
// files by itself, but does not flush them to the device.)
class WorkFolder {
 public:
  WorkFolder(const std::filesystem::path& output, const std::filesystem::path& wanted) {
    std::error_code code;
    if (wanted.empty()) {
      std::string pattern = output.string() + ".partial-XXXXXX";
      if (mkdtemp(pattern.data()) == nullptr) fail_to_write(output, std::strerror(errno));
      path_ = pattern;
      return;
    }
    std::filesystem::remove_all(wanted, code);
    if (mkdir(wanted.c_str(), 0700) != 0) fail_to_write(output, std::strerror(errno));
    path_ = wanted;
  }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  std::filesystem::path file() const { return path_ / "npz"; }

 private:
  std::filesystem::path path_;
};

// A member as libzip reads it, from the first byte to the last, while it writes the archive.
class Member {
 public:
  explicit Member(const NpyArray& array) : parts_(npy_parts(array)), size_(parts_.data.size()) {}

  explicit Member(const NpyStream& stream) : stream_(&stream) {
    parts_.header = npy_stream_header(stream, size_);
  }

  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // What a stream threw, if it did.
  std::exception_ptr failure() const { return failure_; }

  static zip_int64_t call(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    auto& member = *static_cast<Member*>(self);
    switch (command) {
      case ZIP_SOURCE_OPEN:
        member.position_ = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return member.read({static_cast<std::byte*>(data), length});
      case ZIP_SOURCE_STAT:
        return member.stat(data);
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&member.error_, data, length);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:  // write_npz owns it
        return 0;
      case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
      default:
        zip_error_set(&member.error_, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }

 private:
  zip_int64_t read(std::span<std::byte> out) noexcept {
    const std::uint64_t header = parts_.header.size();
    std::uint64_t done = 0;
    if (position_ < header) {
      done = std::min<std::uint64_t>(out.size(), header - position_);
      std::memcpy(out.data(), parts_.header.data() + position_, done);
      position_ += done;
    }
    const std::uint64_t rest =
        std::min<std::uint64_t>(out.size() - done, header + size_ - position_);
    if (rest != 0) {
      if (stream_ == nullptr) {
        std::memcpy(out.data() + done, parts_.data.data() + (position_ - header), rest);
      } else {
        try {
          stream_->fill(out.subspan(done, rest));
        } catch (...) {  // no exception passes through libzip
          failure_ = std::current_exception();
          zip_error_set(&error_, ZIP_ER_INTERNAL, 0);
          return -1;
        }
      }
    }
    position_ += rest;
    return static_cast<zip_int64_t>(done + rest);
  }

  zip_int64_t stat(void* to) const {
    zip_stat_t status;
    zip_stat_init(&status);
    status.size = parts_.header.size() + size_;
    status.valid |= ZIP_STAT_SIZE;
    std::memcpy(to, &status, sizeof(status));
    return sizeof(status);
  }

  NpyParts parts_;  // only the header of a stream
  const NpyStream* stream_ = nullptr;
  std::uint64_t size_ = 0;  // of the elements
  std::uint64_t position_ = 0;
  std::exception_ptr failure_;
  zip_error_t error_{};
};

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

void flush_and_rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int descriptor = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_to_write(to, std::strerror(errno));
  const bool flushed = fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS;
  const int reason = errno;
  close(descriptor);
  if (!flushed) fail_to_write(to, std::strerror(reason));
  if (std::rename(from.c_str(), to.c_str()) != 0) fail_to_write(to, std::strerror(errno));
}

void require_member_name(const std::string& name) {
  if (!name.empty() && name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos) {
    return;
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("'{}' cannot be the name of an array in a .npz file", printable(name)));
}

}  // namespace

void write_npz(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays,
               const std::map<std::string, NpyStream>& streams, const NpzOptions& options) {
  // Everything that libzip borrows until zip_close(), sorted by name.
  std::map<std::string, Member> members;
  for (const auto& [name, array] : arrays) {
    require_member_name(name);
    members.try_emplace(name, array);
  }
  for (const auto& [name, stream] : streams) {
    require_member_name(name);
    if (!members.try_emplace(name, stream).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("two arrays are called '{}'", printable(name)));
    }
  }

  if (members.empty()) {  // libzip writes no archive without members
    AtomicFile file(path);
    file.write(std::string_view("PK\x05\x06"));
    file.write(std::string(18, '\0'));
    file.commit();
    return;
  }

  const WorkFolder folder(path, options.work_folder);
  int code = 0;
  std::unique_ptr<zip_t, Discard> archive(
      zip_open(folder.file().c_str(), ZIP_CREATE | ZIP_EXCL, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    fail_to_write(path, reason);
  }
  for (auto& [name, member] : members) {
    zip_source_t* const source = zip_source_function(archive.get(), &Member::call, &member);
    if (source == nullptr) fail_to_write(path, zip_strerror(archive.get()));
    const std::string file_name = name + std::string(kSuffix);
    const zip_int64_t index =
        zip_file_add(archive.get(), file_name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail_to_write(path, zip_strerror(archive.get()));
    }
    constexpr zip_uint16_t kFirstOfJanuary1980 = 1 << 5 | 1;  // DOS's epoch, midnight
    const auto entry = static_cast<zip_uint64_t>(index);
    if (zip_set_file_compression(archive.get(), entry, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive.get(), entry, 0, kFirstOfJanuary1980, 0) != 0) {
      fail_to_write(path, zip_strerror(archive.get()));
    }
  }
  if (zip_close(archive.get()) != 0) {
    for (const auto& [name, member] : members) {
      if (member.failure()) std::rethrow_exception(member.failure());
    }
    fail_to_write(path, zip_strerror(archive.get()));
  }
  static_cast<void>(archive.release());  // closed, so there is nothing to discard
  flush_and_rename(folder.file(), path);
}

}  // namespace undertone::tensor
