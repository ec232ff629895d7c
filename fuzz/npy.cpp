// A .npy array; one that is accepted must survive being written and read again.

#include "tensor/npy.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <undertone/error.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::tensor;
  NpyArray array;
  try {
    array = parse_npy(std::as_bytes(std::span(data, size)), "fuzz");
  } catch (const undertone::Error&) {
    return 0;
  }
  const NpyArray again = parse_npy(serialize_npy(array), "again");
  if (again.type != array.type || again.shape != array.shape || again.data != array.data ||
      again.strings != array.strings) {
    std::abort();
  }
  return 0;
}
