#include "tensor/npz_file.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <optional>
#include <utility>

#include <undertone/error.hpp>

#include "tensor/checked_size.hpp"
#include "tensor/mapped_file.hpp"
#include "tensor/npy_header.hpp"
#include "tensor/npy_parts.hpp"
#include "tensor/printable.hpp"
#include "tensor/zip_reader.hpp"

namespace undertone::tensor {
namespace {

constexpr std::string_view kSuffix = ".npy";

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

}  // namespace

struct NpzFile::Impl {
  Impl(std::unique_ptr<MappedFile> mapped, std::span<const std::byte> bytes, std::string file_name,
       const NpzLimits& limits)
      : file(std::move(mapped)),
        name(std::move(file_name)),
        zip(bytes, name, ErrorCode::kDataInvalid) {
    check_limits(zip, bytes.size(), name, limits);
    for (const ZipEntry& entry : zip.entries()) {
      names.push_back(entry.name.substr(0, entry.name.size() - kSuffix.size()));
    }
  }

  const ZipEntry& entry(std::string_view array) const {
    const ZipEntry* const found = zip.find(std::string(array) + std::string(kSuffix));
    if (found == nullptr) {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("{}: there is no array '{}'", name, printable(array)));
    }
    return *found;
  }

  std::string where(std::string_view array) const {
    return fmt::format("{}: member '{}'", name, printable(array));
  }

  // The member's header needs no more than this many of its first bytes.
  static constexpr std::size_t kMostHeader = kMaxNpyHeader + 16;

  NpyHeader header(std::string_view array) {
    const std::vector<std::byte> head = zip.read_beginning(entry(array), kMostHeader);
    return parse_npy_header(head, where(array));
  }

  std::unique_ptr<MappedFile> file;
  std::string name;
  ZipReader zip;
  std::vector<std::string> names;
};

NpzFile::NpzFile(const std::filesystem::path& path, const NpzLimits& limits) {
  auto file = std::make_unique<MappedFile>(path);
  const std::span<const std::byte> bytes = file->bytes();
  impl_ = std::make_unique<Impl>(std::move(file), bytes, path.string(), limits);
}

NpzFile::NpzFile(std::span<const std::byte> bytes, std::string name, const NpzLimits& limits)
    : impl_(std::make_unique<Impl>(nullptr, bytes, std::move(name), limits)) {}

NpzFile::~NpzFile() = default;

const std::vector<std::string>& NpzFile::names() const noexcept { return impl_->names; }

bool NpzFile::contains(std::string_view name) const {
  return impl_->zip.find(std::string(name) + std::string(kSuffix)) != nullptr;
}

std::vector<std::uint64_t> NpzFile::shape(std::string_view name) {
  return impl_->header(name).shape;
}

NpyArray NpzFile::read(std::string_view name) {
  return parse_npy(impl_->zip.read(impl_->entry(name)), impl_->where(name));
}

NpyArray NpzFile::read_slice(std::string_view name, std::uint64_t index) {
  const ZipEntry& entry = impl_->entry(name);
  const NpyHeader header = impl_->header(name);
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::kDataInvalid, fmt::format("{}: {}", impl_->where(name), what));
  };
  if (header.shape.size() < 2 || index >= header.shape[1]) {
    refuse(fmt::format("has no part {} along its second dimension", index));
  }
  const std::optional<NpyArray::Type> type = plain_type(header.descr);
  const std::uint64_t item = type ? element_size(*type) : 0;
  const auto part = checked_product(std::span(header.shape).subspan(2));
  const auto part_bytes = part ? checked_multiply(*part, item) : std::nullopt;
  const auto row_bytes = part_bytes ? checked_multiply(*part_bytes, header.shape[1]) : std::nullopt;
  const auto bytes = row_bytes ? checked_multiply(*row_bytes, header.shape[0]) : std::nullopt;

  NpyArray slice;
  slice.shape = header.shape;
  slice.shape.erase(slice.shape.begin() + 1);
  if (!type || header.fortran_order) {
    const NpyArray whole = read(name);
    if (whole.type == NpyArray::Type::kUnicode) refuse("holds texts, where numbers belong");
    slice.type = whole.type;
    // parse_npy has seen that the elements are there, so nothing overflows.
    const std::uint64_t size = *part * element_size(whole.type);
    for (std::uint64_t row = 0; row < header.shape[0]; ++row) {
      const std::byte* const from = whole.data.data() + (row * header.shape[1] + index) * size;
      slice.data.insert(slice.data.end(), from, from + size);
    }
    return slice;
  }
  if (!bytes || checked_add(*bytes, header.size) != entry.size) {
    refuse("is not as long as its header says");
  }
  slice.type = *type;
  slice.data.resize(header.shape[0] * *part_bytes);
  // Of each row the bytes [begin, begin + part_bytes) are wanted.
  const std::uint64_t begin = index * *part_bytes;
  std::uint64_t position = 0;  // in the member
  impl_->zip.read_pieces(entry, [&](std::span<const std::byte> piece) {
    std::uint64_t at = std::max<std::uint64_t>(position, header.size);
    const std::uint64_t end = position + piece.size();
    while (at < end && *part_bytes != 0) {
      const std::uint64_t row = (at - header.size) / *row_bytes;
      const std::uint64_t first = header.size + row * *row_bytes + begin;
      const std::uint64_t last = first + *part_bytes;
      const std::uint64_t from = std::max(at, first);
      if (from < last && from < end) {
        const std::uint64_t count = std::min(end, last) - from;
        std::memcpy(slice.data.data() + row * *part_bytes + (from - first),
                    piece.data() + (from - position), count);
      }
      at = header.size + (row + 1) * *row_bytes;
    }
    position = end;
  });
  return slice;
}

std::map<std::string, NpyArray> parse_npz(std::span<const std::byte> bytes, std::string_view name,
                                          const NpzLimits& limits) {
  NpzFile file(bytes, std::string(name), limits);
  std::map<std::string, NpyArray> arrays;
  for (const std::string& member : file.names()) arrays.emplace(member, file.read(member));
  return arrays;
}

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path,
                                         const NpzLimits& limits) {
  const MappedFile file(path);
  return parse_npz(file.bytes(), path.string(), limits);
}

}  // namespace undertone::tensor
