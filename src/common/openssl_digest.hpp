// OpenSSL's digests, behind Sha256 and Sha1.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace undertone {

// Feed bytes with update(), then call hex_digest() once. Not thread-safe.
class OpensslDigest {
 public:
  // By OpenSSL's name, e.g. "SHA256". Throws Error(kInternal) where it is not available.
  explicit OpensslDigest(const char* algorithm);
  ~OpensslDigest();
  OpensslDigest(OpensslDigest&&) noexcept;
  OpensslDigest& operator=(OpensslDigest&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  // Lowercase hexadecimal digits.
  std::string hex_digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace undertone
