// Our matrix products in every precision that this processor has, with AVX2 alone, and in reduced
// precision without AMX where there is AMX, beside oneDNN's two ways of doing the same, on one
// thread, in alternation: the evidence for docs/decisions/0002-matrix-products.md and
// 0006-reduced-precision.md.
//
//   undertone_products_bench [--repeats 15]
//
// Prints one JSON object with GFLOP/s (medians) per shape: rows are the frames of 1, 3, 10 and 30
// s, k and n those of HuBERT-large's layers. Before anything is timed, all results are compared.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dnnl.hpp>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <omp.h>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/kernels/matrix_product.hpp"
#include "tensor/matrix.hpp"

namespace {

using namespace undertone;
using dnnl::memory;

struct Shape {
  long m, k, n;
};

tensor::Matrix<float> random_matrix(std::size_t rows, std::size_t cols, unsigned seed) {
  std::minstd_rand generator(seed);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  tensor::Matrix<float> matrix(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) matrix.data()[i] = uniform(generator);
  return matrix;
}

struct Contestant {
  std::string name;
  std::string implementation;
  std::function<void()> run;
  float tolerance = 0.0F;  // times √k: how far from the first contestant's result its own may be
};

Contestant ours(const std::string& name, const tensor::Matrix<float>& a,
                const tensor::Matrix<float>& weights, encoder::InstructionSet isa,
                encoder::Precision precision, float* c, float tolerance) {
  const std::shared_ptr<const encoder::PackedMatrix> packed =
      encoder::pack_transposed(weights.view(), encoder::ProductBackend::kNative, isa, precision);
  return {name, std::string(to_string(isa)),
          [=, &a] {
            encoder::multiply(a.view(), *packed, {c, a.rows(), packed->cols()}, {}, nullptr);
          },
          tolerance};
}

memory packed(const dnnl::engine& engine, const memory::desc& given, const memory::desc& wanted,
              float* weights) {
  memory source(given, engine, weights);
  memory target(wanted, engine);
  dnnl::stream stream(engine);
  dnnl::reorder(source, target).execute(stream, source, target);
  stream.wait();
  return target;
}

// A primitive with its weights reordered once to the layout that it prefers.
template <class Primitive, class Description>
Contestant contestant(const std::string& name, const dnnl::engine& engine,
                      const Description& description, const memory& weights, float* a, float* c) {
  const Primitive primitive(description);
  const memory source(description.src_desc(), engine, a);
  const memory target(description.dst_desc(), engine, c);
  return {name, description.impl_info_str(),
          [=] {
            dnnl::stream stream(engine);
            primitive.execute(
                stream,
                {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, target}});
            stream.wait();
          },
          1e-3F};
}

Contestant onednn_matmul(const dnnl::engine& engine, const Shape& s, float* a, float* weights,
                         float* c) {
  const memory::desc source({s.m, s.k}, memory::data_type::f32, memory::format_tag::ab);
  const memory::desc any({s.k, s.n}, memory::data_type::f32, memory::format_tag::any);
  const memory::desc target({s.m, s.n}, memory::data_type::f32, memory::format_tag::ab);
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::matmul::primitive_desc description(engine, source, any, target);
#else
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(source, any, target), engine);
#endif
  const memory::desc given({s.k, s.n}, memory::data_type::f32, {1, s.k});
  return contestant<dnnl::matmul>("onednn_matmul", engine, description,
                                  packed(engine, given, description.weights_desc(), weights), a, c);
}

Contestant onednn_convolution(const dnnl::engine& engine, const Shape& s, float* a, float* weights,
                              float* c) {
  using dnnl::convolution_forward;
  const memory::desc source({1, s.k, 1, s.m}, memory::data_type::f32, memory::format_tag::nhwc);
  const memory::desc any({s.n, s.k, 1, 1}, memory::data_type::f32, memory::format_tag::any);
  const memory::desc target({1, s.n, 1, s.m}, memory::data_type::f32, memory::format_tag::nhwc);
  const memory::dims one{1, 1};
  const memory::dims zero{0, 0};
#if DNNL_VERSION_MAJOR >= 3
  const convolution_forward::primitive_desc description(engine, dnnl::prop_kind::forward_inference,
                                                        dnnl::algorithm::convolution_direct, source,
                                                        any, target, one, zero, zero);
#else
  const convolution_forward::primitive_desc description(
      convolution_forward::desc(dnnl::prop_kind::forward_inference,
                                dnnl::algorithm::convolution_direct, source, any, target, one, zero,
                                zero),
      engine);
#endif
  const memory::desc given({s.n, s.k, 1, 1}, memory::data_type::f32, memory::format_tag::oihw);
  return contestant<convolution_forward>("onednn_convolution", engine, description,
                                         packed(engine, given, description.weights_desc(), weights),
                                         a, c);
}

double seconds_of(const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

nlohmann::json measure(const dnnl::engine& engine, const Shape& s, int repeats) {
  const auto m = static_cast<std::size_t>(s.m);
  const auto k = static_cast<std::size_t>(s.k);
  const auto n = static_cast<std::size_t>(s.n);
  tensor::Matrix<float> a = random_matrix(m, k, 1);
  tensor::Matrix<float> weights = random_matrix(n, k, 2);
  std::vector<tensor::Matrix<float>> results;
  for (int i = 0; i < 8; ++i) results.emplace_back(m, n);
  const encoder::InstructionSet isa = encoder::usable_instruction_set();
  std::vector<Contestant> contestants{
      ours("ours", a, weights, isa, encoder::Precision::kF32, results[0].data(), 0.0F),
      onednn_matmul(engine, s, a.data(), weights.data(), results[1].data()),
      onednn_convolution(engine, s, a.data(), weights.data(), results[2].data())};
  if (isa > encoder::InstructionSet::kAvx2) {
    contestants.push_back(ours("ours_avx2", a, weights, encoder::InstructionSet::kAvx2,
                               encoder::Precision::kF32, results[3].data(), 1e-3F));
  }
  // Values are uniform in [-1, 1]: bf16 rounds them by 2⁻⁹ at most, int8 by 1/254 and 1/255.
  constexpr float kRounded = 2e-2F;
  const auto reduced = [&](std::string_view ending, encoder::InstructionSet limit) {
    for (const encoder::Precision precision : encoder::fast_precisions(limit)) {
      if (precision == encoder::Precision::kF32) continue;
      contestants.push_back(ours(fmt::format("ours_{}{}", to_string(precision), ending), a, weights,
                                 limit, precision, results[contestants.size()].data(), kRounded));
    }
  };
  reduced("", isa);
  if (isa >= encoder::InstructionSet::kAmx)
    reduced("_avx512", encoder::InstructionSet::kAvx512Bf16);
  std::vector<std::vector<double>> times(contestants.size());
  for (int round = -1; round < repeats; ++round) {  // the first warms up
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      const double seconds = seconds_of(contestants[i].run);
      if (round >= 0) times[i].push_back(seconds);
    }
    for (std::size_t i = 0; round < 0 && i < m * n; ++i) {
      for (std::size_t other = 1; other < contestants.size(); ++other) {
        if (!(std::fabs(results[0].data()[i] - results[other].data()[i]) <=
              contestants[other].tolerance * std::sqrt(static_cast<float>(k)))) {
          throw std::runtime_error(fmt::format("{} differs for {}x{}x{}: {} and {}",
                                               contestants[other].name, s.m, s.k, s.n,
                                               results[0].data()[i], results[other].data()[i]));
        }
      }
    }
  }
  nlohmann::json row = {{"m", s.m}, {"k", s.k}, {"n", s.n}};
  const double gflop = 2e-9 * static_cast<double>(s.m * s.k * s.n);
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    std::sort(times[i].begin(), times[i].end());
    row[contestants[i].name] = gflop / times[i][times[i].size() / 2];
    row[contestants[i].name + "_kernel"] = contestants[i].implementation;
  }
  return row;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int repeats =
        argc == 3 && std::strcmp(argv[1], "--repeats") == 0 ? std::atoi(argv[2]) : 15;
    omp_set_num_threads(1);
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    nlohmann::json result = {{"onednn", fmt::format("{}.{}.{}", dnnl_version()->major,
                                                    dnnl_version()->minor, dnnl_version()->patch)},
                             {"instruction_set", to_string(encoder::usable_instruction_set())},
                             {"gflops", nlohmann::json::array()}};
    for (const long m : {49L, 149L, 499L, 1499L}) {
      for (const auto& [k, n] : {std::pair{1024L, 3072L},
                                 {1024L, 1024L},
                                 {1024L, 4096L},
                                 {4096L, 1024L},
                                 {1536L, 512L}}) {
        result["gflops"].push_back(measure(engine, {m, k, n}, repeats));
      }
    }
    std::printf("%s\n", result.dump(1).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "undertone_products_bench: %s\n", error.what());
    return 1;
  }
}
