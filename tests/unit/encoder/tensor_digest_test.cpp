#include "encoder/tensor_digest.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/sha256.hpp"

namespace undertone::encoder {
namespace {

std::vector<float> counted(std::size_t size) {
  std::vector<float> values(size);
  std::iota(values.begin(), values.end(), 0.5F);
  return values;
}

std::string whole(std::string_view name, const std::vector<std::size_t>& shape,
                  std::span<const float> values) {
  TensorDigest digest(name, shape);
  digest.add(values);
  return digest.hex();
}

std::string expected(std::string_view heading, std::span<const float> samples) {
  Sha256 hash;
  hash.update(heading);
  hash.update(std::as_bytes(samples));
  return hash.hex_digest();
}

// What fingerprints of encoders, kept in bundles, are made of.
TEST(TensorDigest, TakesNameShapeAndEvenlySpacedValues) {
  const std::vector<float> few = counted(6);
  EXPECT_EQ(whole("a.weight", {2, 3}, few), expected("a.weight[2,3]", few));

  const std::vector<float> many = counted(10'007);
  std::vector<float> samples;
  for (std::size_t i = 0; i < 4096; ++i) samples.push_back(many[i * many.size() / 4096]);
  EXPECT_EQ(whole("b", {10'007}, many), expected("b[10007]", samples));
}

TEST(TensorDigest, DoesNotDependOnThePieces) {
  const std::vector<float> values = counted(73 * 311);
  const std::string once = whole("a", {73, 311}, values);
  for (const std::size_t piece : {1U, 5U, 311U, 4096U, 20'000U}) {
    TensorDigest digest("a", std::vector<std::size_t>{73, 311});
    for (std::span<const float> left = values; !left.empty();) {
      const std::size_t count = std::min<std::size_t>(piece, left.size());
      digest.add(left.first(count));
      left = left.subspan(count);
    }
    EXPECT_EQ(digest.hex(), once) << piece;
  }
}

}  // namespace
}  // namespace undertone::encoder
