// The checksums that the hub names its files by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "common/sha1.hpp"
#include "common/sha256.hpp"

namespace undertone::download {

// Of a file whose digest and size are known beforehand: SHA-256 of the content where the digest has
// 64 digits, otherwise the name of a git blob (SHA-1 of "blob SIZE\0" and the content). Feed the
// bytes in order, then call hex_digest() once. Not thread-safe.
class Checksum {
 public:
  Checksum(std::string_view expected_digest, std::uint64_t size);

  void update(std::span<const std::byte> bytes);
  std::string hex_digest();

 private:
  std::variant<Sha1, Sha256> hash_;
};

}  // namespace undertone::download
