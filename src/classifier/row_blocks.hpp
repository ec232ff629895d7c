// Rows of a matrix, some at a time.
#pragma once

#include <algorithm>
#include <cstddef>

#include "common/thread_pool.hpp"

namespace undertone::classifier {

// Calls body(first, count) for blocks of rows. Each row's result is its own, however they are cut.
// `threads` may be null.
inline void for_each_block(ThreadPool* threads, std::size_t rows,
                           FunctionRef<void(std::size_t, std::size_t)> body) {
  constexpr std::size_t kBlockRows = 16;
  const std::size_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  const auto run = [&](std::size_t block) {
    const std::size_t first = block * kBlockRows;
    body(first, std::min(kBlockRows, rows - first));
  };
  if (threads != nullptr) {
    threads->parallel_for(blocks, run);
  } else {
    for (std::size_t block = 0; block < blocks; ++block) run(block);
  }
}

}  // namespace undertone::classifier
