#include "encoder/tensor_digest.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <numeric>

#include "common/sha256.hpp"

namespace undertone::encoder {
namespace {

constexpr std::size_t kMostSamples = 4096;

}  // namespace

TensorDigest::TensorDigest(std::string_view name, std::span<const std::size_t> shape)
    : heading_(fmt::format("{}[{}]", name, fmt::join(shape, ","))),
      size_(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>())),
      wanted_(std::min(size_, kMostSamples)) {
  samples_.reserve(wanted_);
}

void TensorDigest::add(std::span<const float> values) {
  while (samples_.size() < wanted_) {
    const std::size_t place = samples_.size() * size_ / wanted_ - seen_;
    if (place >= values.size()) break;
    samples_.push_back(values[place]);
  }
  seen_ += values.size();
}

std::string TensorDigest::hex() const {
  Sha256 hash;
  hash.update(heading_);
  hash.update(std::as_bytes(std::span(samples_)));
  return hash.hex_digest();
}

}  // namespace undertone::encoder
