#include "common/sha1.hpp"

#include <gtest/gtest.h>

namespace undertone {
namespace {

// FIPS 180-2, appendix A.
TEST(Sha1, AgreesWithTheStandardsExamples) {
  Sha1 hash;
  hash.update("abc");
  EXPECT_EQ(hash.hex_digest(), "a9993e364706816aba3e25717850c26c9cd0d89d");
  Sha1 pieces;
  pieces.update("abcdbcdecdefdefgefghfghighijh");
  pieces.update("ijkijkljklmklmnlmnomnopnopq");
  EXPECT_EQ(pieces.hex_digest(), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

// What `printf 'test content\n' | git hash-object --stdin` prints.
TEST(Sha1, NamesAGitBlob) {
  using namespace std::string_view_literals;
  Sha1 hash;
  hash.update("blob 13\0test content\n"sv);
  EXPECT_EQ(hash.hex_digest(), "d670460b4b4aece5915caf5c68d12f560a9fe3e4");
}

}  // namespace
}  // namespace undertone
