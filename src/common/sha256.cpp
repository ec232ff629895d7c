#include "common/sha256.hpp"

#include <array>
#include <openssl/evp.h>

#include <undertone/error.hpp>

namespace undertone {

struct Sha256::State {
  struct Release {
    void operator()(EVP_MD_CTX* released) const { EVP_MD_CTX_free(released); }
  };
  std::unique_ptr<EVP_MD_CTX, Release> context{EVP_MD_CTX_new()};
};

namespace {

void require(bool done) {
  if (!done) throw Error(ErrorCode::kInternal, "SHA-256 is not available from OpenSSL");
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex_digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size) == 1);
  std::string text;
  text.reserve(2 * size);
  for (unsigned i = 0; i < size; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace undertone
