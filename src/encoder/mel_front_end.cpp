#include "encoder/mel_front_end.hpp"

#include <algorithm>

namespace undertone::encoder {
namespace {

constexpr std::size_t kKernel = 3;
constexpr std::size_t kStride = 2;  // of the second convolution

tensor::Matrix<float> read_positions(const LayerSource& source, const EncoderConfig& config) {
  const std::vector<float> values =
      source.read("embed_positions.weight", {config.max_positions, config.hidden_size});
  tensor::Matrix<float> table(config.max_positions, config.hidden_size);
  std::copy(values.begin(), values.end(), table.data());
  return table;
}

// [rows + 2, cols] with zeros in the first and the last; the rows between.
MatrixView<float> padded(AlignedBuffer<float>& buffer, std::size_t rows, std::size_t cols) {
  buffer.reserve_discarding((rows + 2) * cols);
  std::fill_n(buffer.data(), cols, 0.0F);
  std::fill_n(buffer.data() + (rows + 1) * cols, cols, 0.0F);
  return {buffer.data() + cols, rows, cols};
}

// The windows of a convolution over padded rows.
MatrixView<const float> windows(MatrixView<const float> rows, std::size_t count,
                                std::size_t stride) {
  return {rows.data() - rows.cols(), count, kKernel * rows.cols(), stride * rows.cols()};
}

}  // namespace

MelFrontEnd::MelFrontEnd(const LayerSource& source, const EncoderConfig& config)
    : clip_context_(config.clip_context),
      spectrogram_(config.mel_bins),
      first_(
          read_convolution(source.exact(), "conv1", config.hidden_size, config.mel_bins, kKernel)),
      second_(read_convolution(source.cautious(), "conv2", config.hidden_size, config.hidden_size,
                               kKernel)),
      positions_(read_positions(source, config)) {}

void MelFrontEnd::apply(const Execution& run, std::span<const float> waveform,
                        MatrixView<float> hidden, Scratch& scratch) const {
  const std::size_t samples =
      clip_context_ ? waveform.size() : positions_.rows() * kStride * LogMelSpectrogram::kHop;
  const std::size_t rows = samples / LogMelSpectrogram::kHop;
  const MatrixView<float> mel = padded(scratch.mel, rows, spectrogram_.bins());
  const MatrixView<float> middle = padded(scratch.middle, rows, hidden.cols());
  {
    const ProfileSection section(run.profile, ProfilePart::kSpectrogram);
    spectrogram_.apply(run, waveform, samples, mel);
  }
  const ProfileSection section(run.profile, ProfilePart::kFrontEnd,
                               first_.flop(rows) + second_.flop(hidden.rows()));
  first_.apply(run, windows(mel, rows, 1), middle, {.activation = Activation::kGelu});
  second_.apply(run, windows(middle, hidden.rows(), kStride), hidden,
                {.activation = Activation::kGelu});
  for (std::size_t t = 0; t < hidden.rows(); ++t) {
    run.kernels.add(hidden.row_data(t), positions_.row(t).data(), hidden.cols());
  }
}

}  // namespace undertone::encoder
