#include "classifier/kernels/vector_kernels.hpp"

#include <cstdlib>
#include <string_view>

#if defined(UNDERTONE_HAS_AVX2_KERNELS)
#include "classifier/kernels/vector_kernels_avx2.hpp"
#endif

namespace undertone::classifier {

namespace {

const VectorKernels& best_kernels() {
#if defined(UNDERTONE_HAS_AVX2_KERNELS)
  const char* limit = std::getenv("UNDERTONE_MAX_ISA");
  const bool baseline_only = limit != nullptr && std::string_view(limit) == "baseline";
  __builtin_cpu_init();
  if (!baseline_only && __builtin_cpu_supports("avx2")) return avx2_vector_kernels();
#endif
  return baseline_vector_kernels();
}

}  // namespace

const VectorKernels& vector_kernels() {
  static const VectorKernels& kernels = best_kernels();
  return kernels;
}

}  // namespace undertone::classifier
