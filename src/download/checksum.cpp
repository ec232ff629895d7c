#include "download/checksum.hpp"

namespace undertone::download {

Checksum::Checksum(std::string_view expected_digest, std::uint64_t size) {
  if (expected_digest.size() == 64) {
    hash_.emplace<Sha256>();
    return;
  }
  const std::string head = "blob " + std::to_string(size);
  std::get<Sha1>(hash_).update(std::string_view(head.c_str(), head.size() + 1));
}

void Checksum::update(std::span<const std::byte> bytes) {
  std::visit([bytes](auto& hash) { hash.update(bytes); }, hash_);
}

std::string Checksum::hex_digest() {
  return std::visit([](auto& hash) { return hash.hex_digest(); }, hash_);
}

}  // namespace undertone::download
