// SHA-1 digests: the names that git gives to contents. Not for anything that must resist forgery.
#pragma once

#include "common/openssl_digest.hpp"

namespace undertone {

// Gives 40 digits.
class Sha1 : public OpensslDigest {
 public:
  Sha1() : OpensslDigest("SHA1") {}
};

}  // namespace undertone
