// The scalar packing of attention's factors: the specification that the fast one is tested against.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "encoder/kernels/kernel_table_sets.hpp"
#include "tensor/float_formats.hpp"

namespace undertone::encoder {
namespace {

// Panels of the b whose element (k, n) is value(k, n).
template <class Value>
void pack(const PanelPacking& p, Value value) {
  const std::size_t depth = lanes_of(p.k, Precision::kBf16);
  for (std::size_t first = 0; first < p.n; first += kPanelWidth) {
    for (std::size_t lane = 0; lane < depth; ++lane) {
      for (std::size_t j = 0; j < kPanelWidth; ++j) {
        std::uint16_t parts[2] = {};
        for (std::size_t i = 0; i < 2 && 2 * lane + i < p.k && first + j < p.n; ++i)
          parts[i] = tensor::bfloat16_from_float(value(2 * lane + i, first + j));
        std::memcpy(p.panels + first * depth + lane * kPanelWidth + j, parts, sizeof parts);
      }
    }
  }
}

void pack_keys(const PanelPacking& p) {
  pack(p, [&](std::size_t k, std::size_t n) { return p.b[n * p.stride + k]; });
}

void pack_values(const PanelPacking& p) {
  pack(p, [&](std::size_t k, std::size_t n) { return p.b[k * p.stride + n]; });
}

void pack_softmax(const RowPacking& p) {
  std::vector<float> row(p.k);
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* logits = p.a + r * p.stride;
    const float largest = *std::max_element(logits, logits + p.k);
    float sum = 0.0F;
    for (std::size_t i = 0; i < p.k; ++i) {
      row[i] = std::exp(logits[i] - largest);
      sum += row[i];
    }
    baseline_strip_kernels(Precision::kBf16)
        .pack({.a = row.data(), .stride = p.k, .rows = 1, .k = p.k, .target = p.target.from(r)});
    p.target.scales[r] = 1.0F / sum;
  }
}

}  // namespace

AttentionPacking baseline_attention_packing() {
  return {.keys = pack_keys, .values = pack_values, .softmax = pack_softmax};
}

}  // namespace undertone::encoder
