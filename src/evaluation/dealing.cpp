#include "evaluation/dealing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <utility>

#include "common/random_draws.hpp"
#include "tensor/matrix.hpp"

namespace undertone::evaluation {
namespace {

struct Unit {
  std::vector<std::size_t> samples;
  std::vector<double> per_class;

  std::size_t most_frequent_class() const {
    return static_cast<std::size_t>(std::max_element(per_class.begin(), per_class.end()) -
                                    per_class.begin());
  }
};

std::vector<Unit> units_in_order(std::span<const int> labels, std::span<const std::int64_t> units,
                                 std::size_t classes, std::mt19937_64& random) {
  std::map<std::int64_t, Unit> by_number;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Unit& unit = by_number[units[i]];
    unit.per_class.resize(classes);
    unit.samples.push_back(i);
    unit.per_class[static_cast<std::size_t>(labels[i])] += 1;
  }
  std::vector<Unit> order;
  for (auto& [number, unit] : by_number) order.push_back(std::move(unit));
  shuffle(order, random);
  // Class by class among equals, so that single samples are dealt in turn.
  std::stable_sort(order.begin(), order.end(), [](const Unit& a, const Unit& b) {
    if (a.samples.size() != b.samples.size()) return a.samples.size() > b.samples.size();
    return a.most_frequent_class() < b.most_frequent_class();
  });
  return order;
}

class Parts {
 public:
  Parts(std::span<const double> shares, std::vector<double> class_sizes)
      : shares_(shares),
        class_sizes_(std::move(class_sizes)),
        counts_(shares.size(), class_sizes_.size()),
        sizes_(shares.size(), 0) {}

  std::size_t empty() const {
    return static_cast<std::size_t>(std::count(sizes_.begin(), sizes_.end(), 0.0));
  }

  std::size_t best_for(const Unit& unit, bool only_empty) const {
    std::size_t best = shares_.size();
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t p = 0; p < shares_.size(); ++p) {
      if (only_empty && sizes_[p] > 0) continue;
      const double candidate = increase(unit, p);
      const bool as_good = std::abs(candidate - least) <= 1e-9 * std::abs(candidate);
      if (as_good ? fullness(p) < fullness(best) : candidate < least) {
        best = p;
        least = candidate;
      }
    }
    return best;
  }

  void add(const Unit& unit, std::size_t part) {
    for (std::size_t c = 0; c < class_sizes_.size(); ++c) counts_(part, c) += unit.per_class[c];
    sizes_[part] += static_cast<double>(unit.samples.size());
  }

 private:
  // Of the sum above, less what is the same for all parts.
  double increase(const Unit& unit, std::size_t part) const {
    double sum = 0;
    for (std::size_t c = 0; c < class_sizes_.size(); ++c) {
      if (unit.per_class[c] == 0) continue;
      const double added = unit.per_class[c] / class_sizes_[c];
      sum += added * (2 * counts_(part, c) / class_sizes_[c] + added) / shares_[part];
    }
    return sum;
  }

  double fullness(std::size_t part) const { return sizes_[part] / shares_[part]; }

  std::span<const double> shares_;
  std::vector<double> class_sizes_;
  tensor::Matrix<double> counts_;
  std::vector<double> sizes_;
};

}  // namespace

std::vector<std::size_t> deal(std::span<const int> labels, std::span<const std::int64_t> units,
                              std::size_t classes, std::span<const double> shares,
                              std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::vector<Unit> order = units_in_order(labels, units, classes, random);
  std::vector<double> class_sizes(classes, 0.0);
  for (const int label : labels) class_sizes[static_cast<std::size_t>(label)] += 1;

  Parts parts(shares, std::move(class_sizes));
  std::vector<std::size_t> part_of(labels.size());
  for (std::size_t u = 0; u < order.size(); ++u) {
    const bool only_empty = order.size() - u <= parts.empty();
    const std::size_t part = parts.best_for(order[u], only_empty);
    parts.add(order[u], part);
    for (const std::size_t i : order[u].samples) part_of[i] = part;
  }
  return part_of;
}

}  // namespace undertone::evaluation
