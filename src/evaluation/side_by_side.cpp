#include "evaluation/side_by_side.hpp"

#include <algorithm>
#include <atomic>

#include <undertone/error.hpp>

namespace undertone::evaluation {

std::size_t training_bytes(std::size_t samples, std::size_t features,
                           const classifier::SvmOptions& options) {
  // Sizes are those of data in memory: nothing here comes near an overflow of 64 bits.
  const std::size_t kernels = std::min(options.kernel_bytes, samples * samples * sizeof(double));
  const std::size_t matrices = 3 * (samples + features) * features * sizeof(double);
  return kernels + matrices;
}

void side_by_side(ThreadPool& pool, std::size_t count, std::size_t bytes_each, std::stop_token stop,
                  FunctionRef<void(std::size_t)> body) {
  const std::size_t room =
      std::max<std::size_t>(1, kTrainingMemory / std::max<std::size_t>(1, bytes_each));
  std::atomic<std::size_t> next{0};
  pool.parallel_for(std::min({count, room, static_cast<std::size_t>(pool.size())}),
                    [&](std::size_t) {
                      for (std::size_t i = next++; i < count; i = next++) {
                        if (stop.stop_requested()) {
                          next = count;
                          throw Error(ErrorCode::kCancelled, "stopped before all was done");
                        }
                        body(i);
                      }
                    });
}

}  // namespace undertone::evaluation
