// A recording of any length, in pieces of bounded length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

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

// Cuts samples that come piece by piece into consecutive windows without overlap: each rule.window
// long but the last, which has at least rule.shortest_tail and less than rule.window +
// rule.shortest_tail samples, or all there are. Where those were more than rule.longest, the last
// has rule.shortest_tail and the one before what is left, less than rule.window. Needs memory for
// one such window. No window is empty. Not thread-safe.
class WindowCutter {
 public:
  explicit WindowCutter(const WindowRule& rule) : rule_(rule) {}

  // Calls `visit` for the windows that are complete now.
  void add(std::span<const float> samples, VisitSamples visit);
  // The samples are at their end: the last window, if there were any samples.
  void finish(VisitSamples visit);

 private:
  WindowRule rule_;
  std::vector<float> held_;
};

struct WindowCounts {
  std::uint64_t samples = 0;
  std::size_t windows = 0;
};

// Calls `heard` for all samples in order as they are read, and `visit` for the windows that a
// WindowCutter makes of them.
WindowCounts for_each_window(const WindowRule& rule, ReadSamples read, VisitSamples heard,
                             VisitSamples visit);

}  // namespace undertone::pipeline
