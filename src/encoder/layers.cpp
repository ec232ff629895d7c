#include "encoder/layers.hpp"

#include <utility>

namespace undertone::encoder {

LayerSource LayerSource::cautious() const {
  if (precision != Precision::kInt8) return *this;
  return {weights, backend, instruction_set,
          bfloat16_is_fast(instruction_set) ? Precision::kBf16 : Precision::kF32};
}

Linear::Linear(const LayerSource& source, const std::string& name, std::size_t in, std::size_t out)
    : bias_(source.weights.read_or_zeros(name + ".bias", out)) {
  const std::vector<float> weights = source.weights.read(name + ".weight", {out, in});
  matrix_ = pack_transposed({weights.data(), out, in}, source.backend, source.instruction_set,
                            source.precision);
}

Linear::Linear(const LayerSource& source, MatrixView<const float> weights, std::vector<float> bias)
    : matrix_(pack_transposed(weights, source.backend, source.instruction_set, source.precision)),
      bias_(std::move(bias)) {}

void Linear::apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y,
                   Options options) const {
  multiply(x, *matrix_, y,
           {.bias = bias_, .activation = options.activation, .accumulate = options.accumulate},
           run.pool);
}

Linear read_convolution(const LayerSource& source, const std::string& name, std::size_t out,
                        std::size_t in, std::size_t kernel) {
  const std::vector<float> weight = source.weights.read(name + "weight", {out, in, kernel});
  tensor::Matrix<float> rows(out, kernel * in);
  for (std::size_t o = 0; o < out; ++o) {
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t k = 0; k < kernel; ++k) {
        rows(o, k * in + i) = weight[(o * in + i) * kernel + k];
      }
    }
  }
  return {source, std::as_const(rows).view(), source.weights.read_or_zeros(name + "bias", out)};
}

LayerNorm::LayerNorm(const LayerSource& source, const std::string& name, std::size_t size,
                     float eps)
    : weight_(source.weights.read(name + ".weight", {size})),
      bias_(source.weights.read(name + ".bias", {size})),
      eps_(eps) {}

void LayerNorm::apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y) const {
  constexpr std::size_t kRows = 32;
  run.parallel_for((x.rows() + kRows - 1) / kRows, [&](std::size_t block) {
    const std::size_t end = std::min(x.rows(), (block + 1) * kRows);
    for (std::size_t r = block * kRows; r < end; ++r)
      apply_row(run.kernels, x.row_data(r), y.row_data(r));
  });
}

}  // namespace undertone::encoder
