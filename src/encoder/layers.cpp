#include "encoder/layers.hpp"

#include <utility>

namespace undertone::encoder {

LayerSource LayerSource::cautious() const {
  if (precision != Precision::kInt8) return *this;
  return {weights, backend, instruction_set,
          bfloat16_is_fast(instruction_set) ? Precision::kBf16 : Precision::kF32, parts};
}

std::vector<float> LayerSource::read(const std::string& name,
                                     std::initializer_list<std::size_t> shape) const {
  std::vector<float> values = weights.read(name, shape);
  if (parts != nullptr) parts->add({name, {shape.begin(), shape.end()}, values});
  return values;
}

Linear::Linear(const LayerSource& source, const std::string& name, std::size_t in, std::size_t out)
    : Linear([&] {
        if (auto held = packed(source, name, in, out)) return std::move(*held);
        WeightRows weights = source.weights.rows(name + ".weight", {out, in});
        return Linear(
            source, name, in, out, [&](std::size_t count) { return weights.next(count); },
            source.weights.read_or_zeros(name + ".bias", out));
      }()) {}

Linear::Linear(const LayerSource& source, const std::string& name, MatrixView<const float> weights,
               std::vector<float> bias)
    : matrix_(pack_transposed(weights, source.backend, source.instruction_set, source.precision)),
      bias_(std::move(bias)) {
  if (source.parts != nullptr) source.parts->add({name, matrix_->panels(), bias_});
}

Linear::Linear(const LayerSource& source, const std::string& name, std::size_t in, std::size_t out,
               NextRows next, std::vector<float> bias)
    : matrix_(
          pack_transposed(in, out, next, source.backend, source.instruction_set, source.precision)),
      bias_(std::move(bias)) {
  if (source.parts != nullptr) source.parts->add({name, matrix_->panels(), bias_});
}

std::optional<Linear> Linear::packed(const LayerSource& source, const std::string& name,
                                     std::size_t in, std::size_t out) {
  if (!source.weights.packing()) return std::nullopt;
  return Linear(
      matrix_of(source.weights.panels(name, in, out), source.backend, source.instruction_set),
      source.weights.read(name + std::string(kBiasEnding), {out}));
}

void Linear::apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y,
                   Options options) const {
  multiply(x, *matrix_, y,
           {.bias = bias_, .activation = options.activation, .accumulate = options.accumulate},
           run.pool);
}

double Linear::flop(std::size_t rows) const {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(inputs()) *
         static_cast<double>(outputs());
}

WindowRows::WindowRows(CheckpointWeights& weights, const std::string& name, std::size_t out,
                       std::size_t in, std::vector<float> factors)
    : factors_(std::move(factors)),
      rows_(weights.rows(name, {out, in, factors_.size()})),
      band_(kBandRows, factors_.size() * in) {}

MatrixView<const float> WindowRows::next(std::size_t count) {
  const MatrixView<const float> given = rows_.next(count);
  const std::size_t kernel = factors_.size();
  const std::size_t in = band_.cols() / kernel;
  for (std::size_t r = 0; r < count; ++r) {
    const float* source = given.row_data(r);
    float* window = band_.row(r).data();
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t k = 0; k < kernel; ++k) {
        window[k * in + i] = source[i * kernel + k] * factors_[k];
      }
    }
  }
  return std::as_const(band_).view().rows_from(0, count);
}

Linear read_convolution(const LayerSource& source, const std::string& name, std::size_t out,
                        std::size_t in, std::size_t kernel) {
  if (auto held = Linear::packed(source, name, kernel * in, out)) return std::move(*held);
  WindowRows windows(source.weights, name + ".weight", out, in, std::vector<float>(kernel, 1.0F));
  return {source,
          name,
          kernel * in,
          out,
          [&](std::size_t count) { return windows.next(count); },
          source.weights.read_or_zeros(name + ".bias", out)};
}

LayerNorm::LayerNorm(const LayerSource& source, const std::string& name, std::size_t size,
                     float eps)
    : weight_(source.read(name + ".weight", {size})),
      bias_(source.read(name + ".bias", {size})),
      eps_(eps) {}

void LayerNorm::apply(const Execution& run, MatrixView<const float> x, MatrixView<float> y) const {
  constexpr std::size_t kRows = 32;
  const ProfileSection section(run.profile, ProfilePart::kNorms);
  run.parallel_for((x.rows() + kRows - 1) / kRows, [&](std::size_t block) {
    const std::size_t end = std::min(x.rows(), (block + 1) * kRows);
    for (std::size_t r = block * kRows; r < end; ++r)
      apply_row(run.kernels, x.row_data(r), y.row_data(r));
  });
}

}  // namespace undertone::encoder
