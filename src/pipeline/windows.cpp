#include "pipeline/windows.hpp"

#include <algorithm>

namespace undertone::pipeline {

void WindowCutter::add(std::span<const float> samples, VisitSamples visit) {
  const std::size_t most = rule_.window + rule_.shortest_tail;
  while (!samples.empty()) {
    const std::size_t taken = std::min(samples.size(), most - held_.size());
    held_.insert(held_.end(), samples.begin(),
                 samples.begin() + static_cast<std::ptrdiff_t>(taken));
    samples = samples.subspan(taken);
    if (held_.size() < most) return;
    // At least a tail is left behind this window, so what follows is long enough by itself.
    visit(std::span<const float>(held_).first(rule_.window));
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(rule_.window));
  }
}

void WindowCutter::finish(VisitSamples visit) {
  std::span<const float> rest = held_;
  if (rest.size() > rule_.longest) {
    visit(rest.first(rest.size() - rule_.shortest_tail));
    rest = rest.last(rule_.shortest_tail);
  }
  if (!rest.empty()) visit(rest);
  held_.clear();
}

WindowCounts for_each_window(const WindowRule& rule, ReadSamples read, VisitSamples heard,
                             VisitSamples visit) {
  WindowCutter cutter(rule);
  WindowCounts counts;
  const auto count_and_visit = [&](std::span<const float> window) {
    ++counts.windows;
    visit(window);
  };
  std::vector<float> piece(5 * 16000);
  for (;;) {
    const std::size_t got = read(piece);
    const std::span<const float> samples = std::span<const float>(piece).first(got);
    heard(samples);
    counts.samples += got;
    cutter.add(samples, count_and_visit);
    if (got < piece.size()) break;
  }
  cutter.finish(count_and_visit);
  return counts;
}

}  // namespace undertone::pipeline
