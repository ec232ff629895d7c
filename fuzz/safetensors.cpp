// A safetensors header, and that what it promises lies within the file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <undertone/error.hpp>

#include "tensor/safetensors_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::tensor;
  try {
    const auto header = parse_safetensors_header(std::as_bytes(std::span(data, size)), "fuzz");
    for (std::size_t i = 0; i < header.tensors.size(); ++i) {
      const auto& [offset, length] = header.extents[i];
      if (offset > size || length > size - offset) std::abort();
      if (header.tensors[i].element_count() * size_of(header.tensors[i].dtype) != length) {
        std::abort();
      }
    }
  } catch (const undertone::Error&) {
  }
  return 0;
}
