// Trainings side by side, as far as memory allows.
#pragma once

#include <cstddef>
#include <stop_token>

#include "classifier/svm_options.hpp"
#include "common/function_ref.hpp"
#include "common/thread_pool.hpp"

namespace undertone::evaluation {

// Memory that trainings side by side may take in all.
inline constexpr std::size_t kTrainingMemory = std::size_t{2} << 30;

// What the training of a classifier on `samples` embeddings of `features` values takes, about.
std::size_t training_bytes(std::size_t samples, std::size_t features,
                           const classifier::SvmOptions& options);

// Calls body(i) once for each i in [0, count), so many at a time as the pool has threads and
// kTrainingMemory has room for trainings of `bytes_each`. A body may use the pool. Throws
// Error(kCancelled) if a stop is requested before all have begun, and what a body throws.
void side_by_side(ThreadPool& pool, std::size_t count, std::size_t bytes_each, std::stop_token stop,
                  FunctionRef<void(std::size_t)> body);

}  // namespace undertone::evaluation
