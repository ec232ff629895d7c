// The scalar kernels: the specification that the fast ones are tested against, and what runs where
// nothing faster does.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {
namespace {

void panel_product(const PanelProduct& p) {
  for (std::size_t first = 0; first < p.n; first += kPanelWidth) {
    const float* panel = p.panels + first * p.k;
    const std::size_t width = std::min(kPanelWidth, p.n - first);
    for (std::size_t i = 0; i < p.m; ++i) {
      const float* a = p.a + i * p.a_stride;
      float sums[kPanelWidth] = {};
      for (std::size_t k = 0; k < p.k; ++k) {
        for (std::size_t j = 0; j < kPanelWidth; ++j) sums[j] += a[k] * panel[k * kPanelWidth + j];
      }
      float* c = p.c + i * p.c_stride + first;
      for (std::size_t j = 0; j < width; ++j) {
        float value = sums[j] + (p.bias != nullptr ? p.bias[first + j] : 0.0F);
        if (p.gelu) value = 0.5F * value * (1.0F + std::erf(value / std::numbers::sqrt2_v<float>));
        c[j] = p.accumulate ? c[j] + value : value;
      }
    }
  }
}

void gelu(float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = 0.5F * x[i] * (1.0F + std::erf(x[i] / std::numbers::sqrt2_v<float>));
  }
}

void softmax(float* x, std::size_t n) {
  const float largest = *std::max_element(x, x + n);
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = std::exp(x[i] - largest);
    sum += x[i];
  }
  for (std::size_t i = 0; i < n; ++i) x[i] /= sum;
}

void layer_norm(const float* x, float* y, std::size_t n, const float* weight, const float* bias,
                float eps) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += x[i];
  const float mean = sum / static_cast<float>(n);
  float squares = 0.0F;
  for (std::size_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const float scale = 1.0F / std::sqrt(squares / static_cast<float>(n) + eps);
  for (std::size_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

void add(float* y, const float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] += x[i];
}

void add_scaled(float* y, const float* x, std::size_t n, float scale) {
  for (std::size_t i = 0; i < n; ++i) y[i] += x[i] * scale;
}

void scale_shift(const float* x, float* y, std::size_t n, const float* scale, const float* shift) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * scale[i] + shift[i];
}

}  // namespace

KernelTable baseline_kernels() {
  return {.instruction_set = InstructionSet::kBaseline,
          .panel_product = panel_product,
          .gelu = gelu,
          .softmax = softmax,
          .layer_norm = layer_norm,
          .add = add,
          .add_scaled = add_scaled,
          .scale_shift = scale_shift};
}

}  // namespace undertone::encoder
