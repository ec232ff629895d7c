// Any bytes: samples in [-1, 1] or an undertone::Error, in bounded time and memory.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include <undertone/error.hpp>

#include "audio/reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace undertone;
  audio::Limits limits;
  limits.max_bytes = 1 << 20;
  limits.max_duration_s = 10.0;
  limits.max_streams = 8;
  limits.max_probe_bytes = 1 << 16;
  try {
    audio::Reader reader =
        audio::Reader::open_memory(std::as_bytes(std::span(data, size)), "input", limits);
    std::vector<float> samples(4000);
    while (const std::size_t count = reader.read(samples)) {
      for (const float sample : std::span(samples).first(count)) {
        if (!(std::abs(sample) <= 1.0F)) std::abort();  // NaN too
      }
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
  return 0;
}
