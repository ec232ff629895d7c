// SHA-1 digests: the names that git gives to contents. Not for anything that must resist forgery.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/openssl_digest.hpp"

namespace undertone {

// Feed bytes with update(), then call hex_digest() once. Not thread-safe.
class Sha1 {
 public:
  Sha1();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  // 40 lowercase hexadecimal digits.
  std::string hex_digest();

 private:
  OpensslDigest digest_;
};

}  // namespace undertone
