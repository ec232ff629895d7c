#include "pipeline/windows.hpp"

#include <algorithm>
#include <vector>

namespace undertone::pipeline {

WindowCounts for_each_window(const WindowRule& rule, ReadSamples read, VisitSamples heard,
                             VisitSamples visit) {
  constexpr std::size_t kPiece = 5 * 16000;  // so that short recordings take little memory
  const std::size_t most = rule.window + rule.shortest_tail;
  std::vector<float> samples;
  WindowCounts counts;
  std::size_t held = 0;
  for (;;) {
    bool ended = false;
    while (held < most && !ended) {
      const std::size_t asked = std::min(kPiece, most - held);
      if (samples.size() < held + asked) samples.resize(held + asked);
      const std::size_t got = read(std::span(samples).subspan(held, asked));
      heard(std::span<const float>(samples).subspan(held, got));
      held += got;
      counts.samples += got;
      ended = got < asked;
    }
    if (ended) {
      if (held == 0) return counts;
      std::span<const float> rest = std::span<const float>(samples).first(held);
      if (held > rule.longest) {
        ++counts.windows;
        visit(rest.first(held - rule.shortest_tail));
        rest = rest.last(rule.shortest_tail);
      }
      ++counts.windows;
      visit(rest);
      return counts;
    }
    // At least a tail is left behind this window, so what follows is long enough by itself.
    ++counts.windows;
    visit(std::span<const float>(samples).first(rule.window));
    std::copy(samples.begin() + static_cast<std::ptrdiff_t>(rule.window),
              samples.begin() + static_cast<std::ptrdiff_t>(held), samples.begin());
    held -= rule.window;
  }
}

}  // namespace undertone::pipeline
