// What a fingerprint takes of a tensor.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace undertone::encoder {

// SHA-256 over a tensor's name, its shape and up to 4,096 evenly spaced values. The values come
// from the first to the last, in pieces of any size.
class TensorDigest {
 public:
  TensorDigest(std::string_view name, std::span<const std::size_t> shape);

  // The next values, row-major.
  void add(std::span<const float> values);

  // In hexadecimal. REQUIRES: all values were added.
  std::string hex() const;

 private:
  std::string heading_;
  std::size_t size_;
  std::size_t wanted_;
  std::size_t seen_ = 0;
  std::vector<float> samples_;
};

}  // namespace undertone::encoder
