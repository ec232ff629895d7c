// Zip archives in memory, read with libzip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <undertone/error.hpp>

#include "common/function_ref.hpp"

namespace undertone::tensor {

struct ZipEntry {
  std::string name;
  std::uint64_t size = 0;         // as the directory claims it, uncompressed
  std::uint64_t packed_size = 0;  // as the directory claims it
  bool stored = false;            // neither compressed nor encrypted
  bool deflated = false;          // compressed by deflate, not encrypted
};

// The entries of an archive, without duplicate names. Owns no bytes: the archive must outlive it.
// Not thread-safe. All calls throw Error(code given to the constructor) on a damaged archive.
class ZipReader {
 public:
  static constexpr std::uint64_t kMaxEntries = 200'000;

  // `name` is what messages call the archive.
  ZipReader(std::span<const std::byte> archive, std::string name, ErrorCode code);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  std::span<const ZipEntry> entries() const;
  // nullptr if there is none.
  const ZipEntry* find(std::string_view name) const;

  // The entry's content, its checksum verified. Refuses sizes that deflate cannot reach; what the
  // caller can afford is the caller's to check before.
  std::vector<std::byte> read(const ZipEntry& entry);

  // The same piece by piece, in constant memory. The checksum is verified after the last piece.
  void read_pieces(const ZipEntry& entry, FunctionRef<void(std::span<const std::byte>)> visit);

  // The first bytes of the content, at most `most`; the checksum is not verified.
  std::vector<std::byte> read_beginning(const ZipEntry& entry, std::size_t most);

  // Where the content of a stored entry lies in the archive. The checksum is not verified.
  std::span<const std::byte> locate(const ZipEntry& entry);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace undertone::tensor
