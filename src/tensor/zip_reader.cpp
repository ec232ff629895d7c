#include "tensor/zip_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/core.h>
#include <optional>
#include <unordered_map>
#include <utility>
#include <zip.h>

#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

// Deflate codes at best 258 bytes in two bits.
constexpr std::uint64_t kDeflateMaxRatio = 1032;

// The archive as libzip reads it. libzip does not tell where an entry's content lies; this source
// sees it, because it notes from where the reads are made.
struct MemorySource {
  std::span<const std::byte> bytes;
  std::uint64_t position = 0;
  std::optional<std::uint64_t> first_read;  // since it was last cleared
  zip_error_t error{};

  explicit MemorySource(std::span<const std::byte> archive) : bytes(archive) {
    zip_error_init(&error);
  }
  ~MemorySource() { zip_error_fini(&error); }
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;

  zip_int64_t read(void* to, std::uint64_t wanted) {
    if (!first_read) first_read = position;
    const std::uint64_t count = std::min<std::uint64_t>(wanted, bytes.size() - position);
    if (count != 0) std::memcpy(to, bytes.data() + position, count);
    position += count;
    return static_cast<zip_int64_t>(count);
  }

  zip_int64_t seek(void* argument, std::uint64_t length) {
    const zip_int64_t to =
        zip_source_seek_compute_offset(position, bytes.size(), argument, length, &error);
    if (to < 0) return -1;
    position = static_cast<std::uint64_t>(to);
    return 0;
  }

  zip_int64_t stat(void* to) const {
    zip_stat_t status;
    zip_stat_init(&status);
    status.size = bytes.size();
    status.valid |= ZIP_STAT_SIZE;
    std::memcpy(to, &status, sizeof(status));
    return sizeof(status);
  }

  static zip_int64_t call(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    auto& source = *static_cast<MemorySource*>(self);
    switch (command) {
      case ZIP_SOURCE_OPEN:
        source.position = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return source.read(data, length);
      case ZIP_SOURCE_SEEK:
        return source.seek(data, length);
      case ZIP_SOURCE_TELL:
        return static_cast<zip_int64_t>(source.position);
      case ZIP_SOURCE_STAT:
        return source.stat(data);
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&source.error, data, length);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:  // the ZipReader owns it
        return 0;
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
      default:
        zip_error_set(&source.error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }
};

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

using OpenEntry = std::unique_ptr<zip_file_t, Discard>;

}  // namespace

struct ZipReader::Impl {
  Impl(std::span<const std::byte> bytes, std::string archive_name, ErrorCode error_code)
      : source(bytes), name(std::move(archive_name)), code(error_code) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(code, fmt::format("{}: {}", name, what),
                "The file is damaged or was not written or downloaded completely.");
  }

  OpenEntry open(const ZipEntry& entry, zip_flags_t flags) {
    const auto index = static_cast<zip_uint64_t>(&entry - entries.data());
    OpenEntry file(zip_fopen_index(archive.get(), index, flags));
    if (!file) {
      fail(fmt::format("the entry {} cannot be opened: {}", printable(entry.name),
                       zip_strerror(archive.get())));
    }
    return file;
  }

  // Before memory is asked for.
  void require_possible(const ZipEntry& entry) const {
    if (!entry.stored && !entry.deflated) {
      fail(fmt::format("the entry {} is encrypted or compressed in an unknown way",
                       printable(entry.name)));
    }
    const std::uint64_t available = source.bytes.size();
    const std::uint64_t largest = entry.stored ? available : available * kDeflateMaxRatio;
    if (entry.packed_size > available || entry.size > largest ||
        (entry.stored && entry.size != entry.packed_size)) {
      fail(fmt::format("the entry {} claims {} bytes, packed into {}, which cannot be",
                       printable(entry.name), entry.size, entry.packed_size));
    }
  }

  void fill(zip_file_t* file, const ZipEntry& entry, std::span<std::byte> content) const {
    while (!content.empty()) {
      const zip_int64_t count = zip_fread(file, content.data(), content.size());
      if (count <= 0) {
        fail(fmt::format("the entry {} cannot be read: {}", printable(entry.name),
                         zip_file_strerror(file)));
      }
      content = content.subspan(static_cast<std::size_t>(count));
    }
  }

  // libzip compares the checksum when it meets the end, which takes one more read.
  void require_end(zip_file_t* file, const ZipEntry& entry) const {
    std::byte more{};
    const zip_int64_t end = zip_fread(file, &more, 1);
    if (end == 0) return;
    fail(fmt::format("the entry {} cannot be read: {}", printable(entry.name),
                     end > 0 ? "it is longer than it claims" : zip_file_strerror(file)));
  }

  MemorySource source;
  std::string name;
  ErrorCode code;
  std::unique_ptr<zip_t, Discard> archive;  // before the source is gone
  std::vector<ZipEntry> entries;
  std::unordered_map<std::string_view, std::size_t> index_of;
};

ZipReader::ZipReader(std::span<const std::byte> archive, std::string name, ErrorCode code)
    : impl_(std::make_unique<Impl>(archive, std::move(name), code)) {
  // libzip takes an empty file for an archive without entries.
  constexpr std::size_t kSmallestArchive = 22;
  if (archive.size() < kSmallestArchive) impl_->fail("not a readable zip archive: too short");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source =
      zip_source_function_create(&MemorySource::call, &impl_->source, &error);
  if (source != nullptr) {
    impl_->archive.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!impl_->archive) zip_source_free(source);
  }
  const std::string reason = impl_->archive ? "" : zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!impl_->archive) impl_->fail(fmt::format("not a readable zip archive: {}", reason));

  const zip_int64_t count = zip_get_num_entries(impl_->archive.get(), 0);
  if (count < 0 || static_cast<std::uint64_t>(count) > kMaxEntries) {
    impl_->fail(fmt::format("the archive has {} entries; at most {} are read", count, kMaxEntries));
  }
  impl_->entries.reserve(static_cast<std::size_t>(count));
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                     ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(impl_->archive.get(), i, ZIP_FL_ENC_RAW, &status) != 0 ||
        (status.valid & kNeeded) != kNeeded) {
      impl_->fail(fmt::format("entry {} of the archive cannot be read", i));
    }
    const bool plain = status.encryption_method == ZIP_EM_NONE;
    impl_->entries.push_back({.name = status.name,
                              .size = status.size,
                              .packed_size = status.comp_size,
                              .stored = plain && status.comp_method == ZIP_CM_STORE,
                              .deflated = plain && status.comp_method == ZIP_CM_DEFLATE});
  }
  for (std::size_t i = 0; i < impl_->entries.size(); ++i) {
    if (!impl_->index_of.try_emplace(impl_->entries[i].name, i).second) {
      impl_->fail(fmt::format("the archive has two entries {}", printable(impl_->entries[i].name)));
    }
  }
}

ZipReader::~ZipReader() = default;

std::span<const ZipEntry> ZipReader::entries() const { return impl_->entries; }

const ZipEntry* ZipReader::find(std::string_view name) const {
  const auto found = impl_->index_of.find(name);
  return found == impl_->index_of.end() ? nullptr : &impl_->entries[found->second];
}

std::vector<std::byte> ZipReader::read(const ZipEntry& entry) {
  impl_->require_possible(entry);
  std::vector<std::byte> content(entry.size);
  const OpenEntry file = impl_->open(entry, 0);
  impl_->fill(file.get(), entry, content);
  impl_->require_end(file.get(), entry);
  return content;
}

void ZipReader::read_pieces(const ZipEntry& entry,
                            FunctionRef<void(std::span<const std::byte>)> visit) {
  constexpr std::uint64_t kPiece = 1 << 20;
  impl_->require_possible(entry);
  const OpenEntry file = impl_->open(entry, 0);
  std::vector<std::byte> piece(std::min(entry.size, kPiece));
  for (std::uint64_t left = entry.size; left != 0;) {
    const auto part = std::span(piece).first(std::min(left, kPiece));
    impl_->fill(file.get(), entry, part);
    visit(part);
    left -= part.size();
  }
  impl_->require_end(file.get(), entry);
}

std::vector<std::byte> ZipReader::read_beginning(const ZipEntry& entry, std::size_t most) {
  impl_->require_possible(entry);
  std::vector<std::byte> content(std::min<std::uint64_t>(entry.size, most));
  const OpenEntry file = impl_->open(entry, 0);
  impl_->fill(file.get(), entry, content);
  return content;
}

std::span<const std::byte> ZipReader::locate(const ZipEntry& entry) {
  if (!entry.stored || entry.size != entry.packed_size) {
    impl_->fail(fmt::format("the entry {} is compressed or encrypted, where plain data belong",
                            printable(entry.name)));
  }
  if (entry.size == 0) return {};
  const OpenEntry file = impl_->open(entry, ZIP_FL_COMPRESSED);
  std::array<std::byte, 64> head{};
  const std::uint64_t wanted = std::min<std::uint64_t>(entry.size, head.size());
  impl_->source.first_read.reset();
  const zip_int64_t count = zip_fread(file.get(), head.data(), wanted);
  const std::span<const std::byte> archive = impl_->source.bytes;
  const std::uint64_t offset = impl_->source.first_read.value_or(archive.size());
  if (count != static_cast<zip_int64_t>(wanted) || offset > archive.size() ||
      entry.size > archive.size() - offset) {
    impl_->fail(
        fmt::format("the entry {} reaches beyond the end of the file", printable(entry.name)));
  }
  const auto content = archive.subspan(offset, entry.size);
  if (std::memcmp(content.data(), head.data(), wanted) != 0) {
    impl_->fail(fmt::format("the entry {} cannot be located", printable(entry.name)));
  }
  return content;
}

}  // namespace undertone::tensor
