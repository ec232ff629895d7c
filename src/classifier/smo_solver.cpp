#include "classifier/smo_solver.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "classifier/kernels/vector_kernels.hpp"

namespace undertone::classifier {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr double kMinCurvature = 1e-12;  // τ of the paper: for a kernel that is not definite
constexpr std::size_t kShrinkInterval = 1000;
constexpr std::size_t kStepLimit = 10'000'000;

// All about one sample but its gradient, which the inner loops want by itself.
struct Sample {
  double alpha;
  double cost;
  double y;
  unsigned number;  // as the caller counts
};

// With f = y·∇ the conditions read: f is at least -g for every sample in "up" (those whose y·α can
// grow) and at most -g for every one in "low" (those whose y·α can fall). Signs of samples then
// appear in no inner loop, and every value has the bits that LIBSVM's has but for its sign.
class Solver {
 public:
  Solver(const SmoProblem& problem, KernelRows& rows)
      : tolerance_(problem.tolerance),
        rows_(rows),
        kernels_(vector_kernels()),
        samples_(rows.size()),
        f_(rows.size()),
        bounded_(rows.size(), 0.0),
        up_(rows.size()),
        low_(rows.size()) {
    for (std::size_t k = 0; k < samples_.size(); ++k) {
      const bool positive = k < problem.positives;
      samples_[k] = {0, positive ? problem.positive_cost : problem.negative_cost,
                     positive ? 1.0 : -1.0, static_cast<unsigned>(k)};
      f_[k] = -samples_[k].y;
      note_bounds(k);
    }
  }

  SmoSolution solve() {
    const std::size_t n = samples_.size();
    const std::size_t limit = std::max(kStepLimit, 100 * n);
    const std::size_t interval = std::min(n, kShrinkInterval);
    std::size_t until_shrinking = interval + 1;
    std::size_t steps = 0;
    SweepResult sweep = sweep_active();
    while (steps < limit) {
      if (--until_shrinking == 0) {
        until_shrinking = interval;
        shrink(sweep);
        sweep = sweep_active();
      }
      Choice choice = choose(sweep);
      if (!choice.found) {
        // Optimal among the active: what was left out must be looked at again.
        restore_all();
        sweep = sweep_active();
        choice = choose(sweep);
        if (!choice.found) break;
        until_shrinking = 1;
      }
      ++steps;
      sweep = step(choice);
    }
    restore_all();
    SmoSolution solution;
    solution.rho = rho();
    solution.alpha.resize(n);
    for (const Sample& sample : samples_) solution.alpha[sample.number] = sample.alpha;
    return solution;
  }

 private:
  struct Choice {
    bool found;
    std::size_t i;
    std::size_t j;
    const float* row_i;
  };

  std::size_t active() const { return rows_.active(); }
  bool at_upper(std::size_t k) const { return samples_[k].alpha >= samples_[k].cost; }
  bool at_lower(std::size_t k) const { return samples_[k].alpha <= 0; }

  void note_bounds(std::size_t k) {
    const bool positive = samples_[k].y > 0;
    const bool grows = positive ? !at_upper(k) : !at_lower(k);
    const bool falls = positive ? !at_lower(k) : !at_upper(k);
    up_[k] = grows ? 0.0F : kNever;
    low_[k] = falls ? 0.0F : kNever;
  }

  SweepResult sweep_active() const {
    return kernels_.sweep(f_.data(), up_.data(), low_.data(), active());
  }

  // WSS 2: the most violating sample, and the one that with it promises the greatest decrease.
  Choice choose(const SweepResult& sweep) {
    if (sweep.up.index >= active() || sweep.up.value + sweep.low < tolerance_) return {};
    const std::size_t i = sweep.up.index;
    const float* row = rows_.active_row(i);
    const std::size_t j =
        kernels_.second_choice(f_.data(), row, low_.data(), sweep.up.value, active());
    return {j < active(), i, j, row};
  }

  // The optimum over two variables, the others fixed.
  SweepResult step(const Choice& choice) {
    const std::size_t i = choice.i;
    const std::size_t j = choice.j;
    const float* row_j = rows_.active_row(j);
    Sample& a = samples_[i];
    Sample& b = samples_[j];
    const double old_a = a.alpha;
    const double old_b = b.alpha;
    const bool a_was_upper = at_upper(i);
    const bool b_was_upper = at_upper(j);
    double curvature = 2.0 - 2.0 * static_cast<double>(choice.row_i[j]);
    if (curvature <= 0) curvature = kMinCurvature;
    if (a.y != b.y) {
      // αᵢ - αⱼ stays; both move by the same.
      const double delta = (-a.y * f_[i] - b.y * f_[j]) / curvature;
      const double difference = a.alpha - b.alpha;
      a.alpha += delta;
      b.alpha += delta;
      if (difference > 0) {
        if (b.alpha < 0) b.alpha = 0, a.alpha = difference;
      } else if (a.alpha < 0) {
        a.alpha = 0, b.alpha = -difference;
      }
      if (difference > a.cost - b.cost) {
        if (a.alpha > a.cost) a.alpha = a.cost, b.alpha = a.cost - difference;
      } else if (b.alpha > b.cost) {
        b.alpha = b.cost, a.alpha = b.cost + difference;
      }
    } else {
      // αᵢ + αⱼ stays.
      const double delta = (a.y * f_[i] - b.y * f_[j]) / curvature;
      const double sum = a.alpha + b.alpha;
      a.alpha -= delta;
      b.alpha += delta;
      if (sum > a.cost) {
        if (a.alpha > a.cost) a.alpha = a.cost, b.alpha = sum - a.cost;
      } else if (b.alpha < 0) {
        b.alpha = 0, a.alpha = sum;
      }
      if (sum > b.cost) {
        if (b.alpha > b.cost) b.alpha = b.cost, a.alpha = sum - b.cost;
      } else if (a.alpha < 0) {
        a.alpha = 0, b.alpha = sum;
      }
    }
    note_bounds(i);
    note_bounds(j);
    const SweepResult sweep =
        kernels_.update(f_.data(), choice.row_i, a.y * (a.alpha - old_a), row_j,
                        b.y * (b.alpha - old_b), up_.data(), low_.data(), active());
    if (a_was_upper != at_upper(i)) count_bounded(i, a_was_upper);
    if (b_was_upper != at_upper(j)) count_bounded(j, b_was_upper);
    return sweep;
  }

  // Keeps Σ over samples at their upper bound of y·C·K, from which gradients are rebuilt.
  void count_bounded(std::size_t k, bool was_upper) {
    const double amount = samples_[k].y * samples_[k].cost;
    kernels_.add_scaled(bounded_.data(), rows_.whole_row(k), was_upper ? -amount : amount,
                        samples_.size());
  }

  // A sample at a bound that pulls further outwards than any other sample pulls inwards will most
  // likely stay there.
  bool can_rest(std::size_t k, const SweepResult& sweep) const {
    if (up_[k] == kNever) return -f_[k] > sweep.up.value;
    if (low_[k] == kNever) return f_[k] > sweep.low;
    return false;
  }

  void shrink(SweepResult sweep) {
    if (!restored_ && sweep.up.value + sweep.low <= 10 * tolerance_) {
      restored_ = true;
      restore_all();
    }
    std::size_t count = active();
    for (std::size_t k = 0; k < count; ++k) {
      if (!can_rest(k, sweep)) continue;
      for (--count; count > k; --count) {
        if (can_rest(count, sweep)) continue;
        exchange(k, count);
        break;
      }
    }
    rows_.set_active(count);
  }

  void exchange(std::size_t a, std::size_t b) {
    std::swap(samples_[a], samples_[b]);
    std::swap(f_[a], f_[b]);
    std::swap(bounded_[a], bounded_[b]);
    std::swap(up_[a], up_[b]);
    std::swap(low_[a], low_[b]);
    rows_.exchange(a, b);
  }

  // Makes all samples active, with the gradients of those that were not rebuilt.
  void restore_all() {
    const std::size_t n = samples_.size();
    const std::size_t first = active();
    if (first == n) return;
    for (std::size_t k = first; k < n; ++k) f_[k] = bounded_[k] - samples_[k].y;
    for (std::size_t i = 0; i < first; ++i) {
      if (at_upper(i) || at_lower(i)) continue;
      kernels_.add_scaled(f_.data() + first, rows_.whole_row(i) + first,
                          samples_[i].y * samples_[i].alpha, n - first);
    }
    rows_.set_active(n);
  }

  // The threshold: f of the free samples; without any, the middle of what the bounds allow.
  double rho() const {
    double lowest = -kInfinity;
    double highest = kInfinity;
    double sum = 0;
    std::size_t free = 0;
    for (std::size_t k = 0; k < samples_.size(); ++k) {
      if (up_[k] != kNever && low_[k] != kNever) {
        sum += f_[k];
        ++free;
      } else if (up_[k] != kNever) {
        highest = std::min(highest, f_[k]);
      } else {
        lowest = std::max(lowest, f_[k]);
      }
    }
    return free > 0 ? sum / static_cast<double>(free) : (highest + lowest) / 2;
  }

  double tolerance_;
  KernelRows& rows_;
  const VectorKernels& kernels_;
  std::vector<Sample> samples_;
  std::vector<double> f_;
  std::vector<double> bounded_;
  std::vector<float> up_;   // 0 for samples in "up", else -infinity
  std::vector<float> low_;  // 0 for samples in "low", else -infinity
  bool restored_ = false;
};

}  // namespace

SmoSolution solve_smo(const SmoProblem& problem, KernelRows& rows) {
  return Solver(problem, rows).solve();
}

}  // namespace undertone::classifier
