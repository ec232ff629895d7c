#include "common/sha256.hpp"

#include <gtest/gtest.h>

namespace undertone {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, AgreesWithTheStandardsExamples) {
  Sha256 hash;
  hash.update("abc");
  EXPECT_EQ(hash.hex_digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArrive) {
  Sha256 whole;
  whole.update("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  Sha256 pieces;
  pieces.update("abcdbcdecdefdefgefghfghighijh");
  pieces.update("");
  pieces.update("ijkijkljklmklmnlmnomnopnopq");
  const std::string digest = whole.hex_digest();
  EXPECT_EQ(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(pieces.hex_digest(), digest);
}

}  // namespace
}  // namespace undertone
