#include "common/sha256.hpp"

namespace undertone {

Sha256::Sha256() : digest_("SHA256") {}

void Sha256::update(std::span<const std::byte> bytes) { digest_.update(bytes); }

std::string Sha256::hex_digest() { return digest_.hex_digest(); }

}  // namespace undertone
