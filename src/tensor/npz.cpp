#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <zip.h>

#include <undertone/error.hpp>

#include "common/atomic_file.hpp"
#include "tensor/checked_size.hpp"
#include "tensor/mapped_file.hpp"
#include "tensor/npy.hpp"
#include "tensor/npy_parts.hpp"
#include "tensor/printable.hpp"
#include "tensor/zip_reader.hpp"

namespace undertone::tensor {
namespace {

constexpr std::string_view kSuffix = ".npy";

[[noreturn]] void fail_to_write(const std::filesystem::path& path, std::string_view reason) {
  throw Error(ErrorCode::kFileUnwritable, fmt::format("cannot write {}: {}", path.string(), reason),
              "Check that the folder exists, that you may write there and that the disk has room.");
}

void check_limits(const ZipReader& zip, std::uint64_t archive_size, std::string_view name,
                  const NpzLimits& limits) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", name, what));
  };
  if (zip.entries().size() > limits.max_members) {
    refuse(fmt::format("has {} members; at most {} are read", zip.entries().size(),
                       limits.max_members));
  }
  const std::uint64_t allowed =
      std::max(limits.always_allowed_bytes,
               checked_multiply(archive_size, limits.max_ratio).value_or(limits.max_member_bytes));
  std::uint64_t left = allowed;
  for (const ZipEntry& entry : zip.entries()) {
    if (!std::string_view(entry.name).ends_with(kSuffix)) {
      refuse(fmt::format("its member '{}' is not a .npy array", printable(entry.name)));
    }
    if (entry.size > limits.max_member_bytes) {
      refuse(fmt::format("its member '{}' claims {} bytes; at most {} are read",
                         printable(entry.name), entry.size, limits.max_member_bytes));
    }
    if (entry.size > left) {
      refuse(fmt::format("its members would unpack to more than {} bytes from {}; refused", allowed,
                         archive_size));
    }
    left -= entry.size;
  }
}

// A folder beside the output for libzip to write in, removed by the destructor. (libzip replaces
// files by itself, but does not flush them to the device.)
class WorkFolder {
 public:
  explicit WorkFolder(const std::filesystem::path& output) {
    std::string pattern = output.string() + ".partial-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) fail_to_write(output, std::strerror(errno));
    path_ = pattern;
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

std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, std::string_view name,
                                          const NpzLimits& limits) {
  ZipReader zip(bytes, std::string(name), ErrorCode::kDataInvalid);
  check_limits(zip, bytes.size(), name, limits);
  std::map<std::string, NpyArray> arrays;
  for (const ZipEntry& entry : zip.entries()) {
    const std::string member = entry.name.substr(0, entry.name.size() - kSuffix.size());
    const std::string where = fmt::format("{}: member '{}'", name, printable(member));
    arrays.emplace(member, parse_npy(zip.read(entry), where));
  }
  return arrays;
}

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path,
                                         const NpzLimits& limits) {
  const MappedFile file(path);
  return parse_npz(file.bytes(), path.string(), limits);
}

void write_npz(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays) {
  // Everything that libzip borrows until zip_close().
  std::vector<NpyParts> parts;
  parts.reserve(arrays.size());
  for (const auto& [name, array] : arrays) {
    require_member_name(name);
    parts.push_back(npy_parts(array));
  }

  if (arrays.empty()) {  // libzip writes no archive without members
    AtomicFile file(path);
    file.write(std::string_view("PK\x05\x06"));
    file.write(std::string(18, '\0'));
    file.commit();
    return;
  }

  const WorkFolder folder(path);
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
  std::size_t i = 0;
  for (const auto& [name, array] : arrays) {
    NpyParts& part = parts[i++];
    zip_buffer_fragment_t fragments[2] = {};
    fragments[0].data = reinterpret_cast<zip_uint8_t*>(part.header.data());
    fragments[0].length = part.header.size();
    // libzip only reads from it.
    fragments[1].data = reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(part.data.data()));
    fragments[1].length = part.data.size();
    zip_source_t* const source =
        zip_source_buffer_fragment(archive.get(), fragments, part.data.empty() ? 1 : 2, 0);
    if (source == nullptr) fail_to_write(path, zip_strerror(archive.get()));
    const std::string member = name + std::string(kSuffix);
    const zip_int64_t index = zip_file_add(archive.get(), member.c_str(), source, ZIP_FL_ENC_UTF_8);
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
  if (zip_close(archive.get()) != 0) fail_to_write(path, zip_strerror(archive.get()));
  static_cast<void>(archive.release());  // closed, so there is nothing to discard
  flush_and_rename(folder.file(), path);
}

}  // namespace undertone::tensor
