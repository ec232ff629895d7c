// SHA-256 digests, for identity (never for secrecy).
#pragma once

#include "common/openssl_digest.hpp"

namespace undertone {

// Gives 64 digits.
class Sha256 : public OpensslDigest {
 public:
  Sha256() : OpensslDigest("SHA256") {}
};

}  // namespace undertone
