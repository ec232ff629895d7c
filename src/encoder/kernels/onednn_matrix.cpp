#include "encoder/kernels/onednn_matrix.hpp"

#include <algorithm>
#include <cstring>
#include <dnnl.hpp>
#include <string>
#include <unordered_map>

#if defined(_OPENMP)
#include <omp.h>
#endif

#include <undertone/error.hpp>

#include "encoder/kernels/kernel_table.hpp"

namespace undertone::encoder {
namespace {

using tensor::AlignedBuffer;
using tensor::MatrixView;

// Rows of a handed to oneDNN at a time. A fixed number means one primitive per matrix whatever the
// length of a clip, and the same order of summation whatever the number of threads.
constexpr std::size_t kRowBlock = 32;

// Keeps oneDNN on the calling thread: the threads are ours to share out.
class OnThisThreadOnly {
 public:
#if defined(_OPENMP)
  OnThisThreadOnly() : threads_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OnThisThreadOnly() { omp_set_num_threads(threads_); }

 private:
  int threads_;
#else
  OnThisThreadOnly() {}
#endif
  OnThisThreadOnly(const OnThisThreadOnly&) = delete;
  OnThisThreadOnly& operator=(const OnThisThreadOnly&) = delete;
};

class OneDnnMatrix final : public PackedMatrix {
 public:
  OneDnnMatrix(MatrixView<const float> weights, InstructionSet isa)
      : PackedMatrix(weights.cols(), weights.rows()),
        kernels_(kernels_for(isa)),
        engine_(dnnl::engine::kind::cpu, 0) {
    using dnnl::memory;
    const OnThisThreadOnly guard;
    const auto m = static_cast<memory::dim>(kRowBlock);
    const auto k = static_cast<memory::dim>(rows());
    const auto n = static_cast<memory::dim>(cols());
    const memory::desc a({m, k}, memory::data_type::f32, memory::format_tag::ab);
    const memory::desc b({k, n}, memory::data_type::f32, memory::format_tag::any);
    const memory::desc c({m, n}, memory::data_type::f32, memory::format_tag::ab);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc description(engine_, a, b, c, attributes);
#else
    const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, c), attributes,
                                                   engine_);
#endif
    product_ = dnnl::matmul(description);
    a_ = description.src_desc();
    c_ = description.dst_desc();
    scratchpad_ = description.scratchpad_desc();

    packed_ = memory(description.weights_desc(), engine_);
    // The row-major transpose of weights [n, k] is [k, n] with strides (1, stride).
    const memory::desc given({k, n}, memory::data_type::f32,
                             {1, static_cast<memory::dim>(weights.stride())});
    memory source(given, engine_, const_cast<float*>(weights.data()));
    dnnl::stream stream(engine_);
    dnnl::reorder(source, packed_).execute(stream, source, packed_);
    stream.wait();
  }

  void multiply(MatrixView<const float> a, MatrixView<float> c, const Epilogue& epilogue,
                ThreadPool* pool) const override {
    for_each_part(c.rows(), cols(), kRowBlock, cols(), pool, [&](const ProductPart& part) {
      multiply_rows(a.rows_from(part.first_row, part.rows), c.rows_from(part.first_row, part.rows),
                    epilogue);
    });
  }

 private:
  void multiply_rows(MatrixView<const float> a, MatrixView<float> c,
                     const Epilogue& epilogue) const {
    const OnThisThreadOnly guard;
    AlignedBuffer<float> input(kRowBlock * rows());
    AlignedBuffer<float> output(kRowBlock * cols());
    AlignedBuffer<std::byte> scratchpad(std::max<std::size_t>(scratchpad_.get_size(), 1));
    dnnl::stream stream(engine_);
    const std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, dnnl::memory(a_, engine_, input.data())},
        {DNNL_ARG_WEIGHTS, packed_},
        {DNNL_ARG_DST, dnnl::memory(c_, engine_, output.data())},
        {DNNL_ARG_SCRATCHPAD, dnnl::memory(scratchpad_, engine_, scratchpad.data())}};
    for (std::size_t first = 0; first < c.rows(); first += kRowBlock) {
      const std::size_t count = std::min(kRowBlock, c.rows() - first);
      for (std::size_t r = 0; r < count; ++r) {
        std::memcpy(input.data() + r * rows(), a.row_data(first + r), rows() * sizeof(float));
      }
      std::fill(input.data() + count * rows(), input.data() + kRowBlock * rows(), 0.0F);
      product_.execute(stream, arguments);
      stream.wait();
      for (std::size_t r = 0; r < count; ++r)
        finish(output.data() + r * cols(), c.row_data(first + r), epilogue);
    }
  }

  void finish(float* product, float* c, const Epilogue& epilogue) const {
    if (!epilogue.bias.empty()) kernels_.add(product, epilogue.bias.data(), cols());
    if (epilogue.activation == Activation::kGelu) kernels_.gelu(product, cols());
    if (epilogue.accumulate) {
      kernels_.add(c, product, cols());
    } else {
      std::memcpy(c, product, cols() * sizeof(float));
    }
  }

  const KernelTable& kernels_;
  dnnl::engine engine_;
  dnnl::matmul product_;
  dnnl::memory::desc a_;
  dnnl::memory::desc c_;
  dnnl::memory::desc scratchpad_;
  dnnl::memory packed_;
};

}  // namespace

std::unique_ptr<const PackedMatrix> make_onednn_matrix(MatrixView<const float> weights,
                                                       InstructionSet isa) {
  try {
    return std::make_unique<OneDnnMatrix>(weights, isa);
  } catch (const dnnl::error& error) {
    throw Error(ErrorCode::kInternal, std::string("oneDNN: ") + error.what());
  }
}

}  // namespace undertone::encoder
