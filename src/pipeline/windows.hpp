// A recording of any length, in pieces of bounded length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "common/function_ref.hpp"

namespace undertone::pipeline {

// Lengths in samples.
struct WindowRule {
  std::size_t window = 30 * 16000;
  std::size_t shortest_tail = 16000;  // less than this joins the window before it ...
  // ... unless they were more than this together: then the window is shortened for it. At least
  // `window`.
  std::size_t longest = std::numeric_limits<std::size_t>::max();
};

// Fills the given samples from their start; fewer than asked for only at the end.
using ReadSamples = FunctionRef<std::size_t(std::span<float>)>;
using VisitSamples = FunctionRef<void(std::span<const float>)>;

struct WindowCounts {
  std::uint64_t samples = 0;
  std::size_t windows = 0;
};

// Calls `heard` for all samples in order as they are read, and `visit` for consecutive windows
// without overlap: each rule.window long but the last, which has at least rule.shortest_tail and
// less than rule.window + rule.shortest_tail samples, or all there are. Where those were more than
// rule.longest, the last has rule.shortest_tail and the one before what is left, less than
// rule.window. Needs memory for one such window, whatever the length. No window is empty.
WindowCounts for_each_window(const WindowRule& rule, ReadSamples read, VisitSamples heard,
                             VisitSamples visit);

}  // namespace undertone::pipeline
