// A .npz archive of arrays.

#include <cstddef>
#include <cstdint>
#include <span>

#include <undertone/error.hpp>

#include "tensor/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::tensor;
  constexpr NpzLimits kSmall{.always_allowed_bytes = 1u << 20};
  try {
    parse_npz(std::as_bytes(std::span(data, size)), "fuzz", kSmall);
  } catch (const undertone::Error&) {
  }
  return 0;
}
