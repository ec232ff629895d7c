#include "common/openssl_digest.hpp"

#include <array>
#include <openssl/evp.h>
#include <string_view>

#include <undertone/error.hpp>

namespace undertone {

struct OpensslDigest::State {
  struct Release {
    void operator()(EVP_MD_CTX* released) const { EVP_MD_CTX_free(released); }
  };
  std::unique_ptr<EVP_MD_CTX, Release> context{EVP_MD_CTX_new()};
};

namespace {

void require(bool done) {
  if (!done) throw Error(ErrorCode::kInternal, "a digest is not available from OpenSSL");
}

}  // namespace

OpensslDigest::OpensslDigest(const char* algorithm) : state_(std::make_unique<State>()) {
  const EVP_MD* const method = EVP_get_digestbyname(algorithm);
  require(method != nullptr && state_->context &&
          EVP_DigestInit_ex(state_->context.get(), method, nullptr) == 1);
}
OpensslDigest::~OpensslDigest() = default;
OpensslDigest::OpensslDigest(OpensslDigest&&) noexcept = default;
OpensslDigest& OpensslDigest::operator=(OpensslDigest&&) noexcept = default;

void OpensslDigest::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string OpensslDigest::hex_digest() {
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
