#include "matrix_floor.hpp"

#include <algorithm>
#include <random>

namespace undertone::benchmarks {
namespace {

// Products that run side by side at most; each writes to a place of its own.
constexpr std::size_t kCopies = 16;

tensor::Matrix<float> random_matrix(std::size_t rows, std::size_t cols) {
  std::minstd_rand generator(1);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  tensor::Matrix<float> matrix(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) matrix.data()[i] = uniform(generator);
  return matrix;
}

}  // namespace

MatrixFloor::MatrixFloor(const encoder::EncoderConfig& config, std::size_t samples,
                         encoder::ProductBackend backend, encoder::InstructionSet isa)
    : backend_(backend), isa_(isa) {
  std::size_t length = samples;
  std::size_t channels = 1;
  for (const encoder::ConvLayer& layer : config.conv_layers) {
    length = (length - layer.kernel) / layer.stride + 1;
    add(length, layer.kernel * channels, layer.channels, 1, false);
    channels = layer.channels;
  }
  const std::size_t frames = config.context_frames(samples);
  const std::size_t hidden = config.hidden_size;
  const std::size_t head = hidden / config.heads;
  if (config.family == encoder::Family::kWhisper) {
    add(2 * frames, 3 * config.mel_bins, hidden, 1, false);
    add(frames, 3 * hidden, hidden, 1, false);
  } else {
    const std::size_t group = hidden / config.position_groups;
    add(frames, channels, hidden, 1, false);
    add(frames, config.position_kernel * group, group, config.position_groups, true);
  }
  add(frames, hidden, 3 * hidden, config.layers, false);
  add(frames, head, frames, config.layers * config.heads, true);
  add(frames, frames, head, config.layers * config.heads, true);
  add(frames, hidden, hidden, config.layers, false);
  add(frames, hidden, config.feed_forward_size, config.layers, false);
  add(frames, config.feed_forward_size, hidden, config.layers, false);
  a_ = random_matrix(1, largest_a_);
  c_ = tensor::Matrix<float>(1, largest_c_);
}

void MatrixFloor::add(std::size_t rows, std::size_t k, std::size_t n, std::size_t times,
                      bool on_one_thread) {
  const tensor::Matrix<float> weights = random_matrix(n, k);
  products_.push_back({.b = encoder::pack_transposed(weights.view(), backend_, isa_),
                       .rows = rows,
                       .times = times,
                       .on_one_thread = on_one_thread});
  operations_ += 2.0 * static_cast<double>(rows) * static_cast<double>(k) * static_cast<double>(n) *
                 static_cast<double>(times);
  largest_a_ = std::max(largest_a_, rows * k);
  largest_c_ = std::max(largest_c_, rows * n * (on_one_thread ? kCopies : 1));
}

void MatrixFloor::run(ThreadPool* pool) {
  for (const Product& product : products_) {
    const tensor::MatrixView<const float> a(a_.data(), product.rows, product.b->rows());
    const std::size_t size = product.rows * product.b->cols();
    if (product.on_one_thread && pool != nullptr) {
      pool->parallel_for(std::min(product.times, kCopies), [&](std::size_t copy) {
        for (std::size_t i = copy; i < product.times; i += kCopies) {
          encoder::multiply(a, *product.b,
                            {c_.data() + copy * size, product.rows, product.b->cols()}, {},
                            nullptr);
        }
      });
    } else {
      for (std::size_t i = 0; i < product.times; ++i) {
        encoder::multiply(a, *product.b, {c_.data(), product.rows, product.b->cols()}, {}, pool);
      }
    }
  }
}

}  // namespace undertone::benchmarks
