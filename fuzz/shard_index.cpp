// The index of a sharded checkpoint; no shard it names may leave its folder.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>

#include <undertone/error.hpp>

#include "tensor/sharded_archive.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone::tensor;
  try {
    for (const auto& [tensor, shard] :
         parse_shard_index(std::as_bytes(std::span(data, size)), "fuzz")) {
      const std::filesystem::path path(shard);
      if (path.filename() != path || shard == ".." || shard == ".") std::abort();
    }
  } catch (const undertone::Error&) {
  }
  return 0;
}
