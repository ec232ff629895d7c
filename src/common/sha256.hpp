// SHA-256 digests, for identity (never for secrecy).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/openssl_digest.hpp"

namespace undertone {

// Feed bytes with update(), then call hex_digest() once. Not thread-safe.
class Sha256 {
 public:
  Sha256();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  // 64 lowercase hexadecimal digits.
  std::string hex_digest();

 private:
  OpensslDigest digest_;
};

}  // namespace undertone
