// A PyTorch checkpoint. An input that is no zip archive is tried as the pickle inside one, so that
// the fuzzer reaches the opcodes without having to keep an archive whole.

#include "tensor/torch_checkpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <undertone/error.hpp>

#include "tensor/pickle.hpp"
#include "tensor/state_dict.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::tensor;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    if (size > 1 && data[0] == 'P' && data[1] == 'K') {
      const TorchCheckpoint checkpoint(bytes, "fuzz");
      for (const TensorInfo& info : checkpoint.tensors()) {
        std::vector<float> values(info.element_count());
        checkpoint.read_floats(info, values);
      }
    } else {
      find_state_dict(pickle::run(bytes, "fuzz"), "fuzz");
    }
  } catch (const undertone::Error&) {
  }
  return 0;
}
