#include "common/sha1.hpp"

namespace undertone {

Sha1::Sha1() : digest_("SHA1") {}

void Sha1::update(std::span<const std::byte> bytes) { digest_.update(bytes); }

std::string Sha1::hex_digest() { return digest_.hex_digest(); }

}  // namespace undertone
