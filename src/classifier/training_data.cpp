#include "classifier/training_data.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <undertone/error.hpp>

namespace undertone::classifier {

void require_trainable(tensor::MatrixView<const double> x, std::span<const int> labels,
                       std::span<const std::string> class_names,
                       std::span<const std::int64_t> groups) {
  const auto refuse = [](const std::string& message, std::string hint = {}) {
    throw Error(ErrorCode::kDataInvalid, message, std::move(hint));
  };
  if (class_names.size() < 2) {
    refuse(fmt::format("a classifier needs at least two classes, not {}", class_names.size()),
           "Train on recordings of more than one emotion.");
  }
  if (labels.size() != x.rows() || (!groups.empty() && groups.size() != x.rows())) {
    refuse(fmt::format("{} samples come with {} labels and {} groups", x.rows(), labels.size(),
                       groups.size()));
  }
  // The estimators count in 32 bits.
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max() - 1);
  if (x.cols() == 0 || x.rows() > kMost || x.cols() > kMost) {
    refuse(fmt::format("cannot train on data of shape [{}, {}]", x.rows(), x.cols()));
  }
  std::vector<std::size_t> count(class_names.size(), 0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= class_names.size()) {
      refuse(fmt::format("sample {} has label {}; there are {} classes", i, labels[i],
                         class_names.size()));
    }
    ++count[static_cast<std::size_t>(labels[i])];
  }
  if (const auto empty = std::find(count.begin(), count.end(), 0U); empty != count.end()) {
    refuse(fmt::format("class \"{}\" has no sample in the training data",
                       class_names[static_cast<std::size_t>(empty - count.begin())]),
           "Add recordings of this class, or leave the class out.");
  }
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (const double value : x.row(r)) {
      if (!(std::abs(value) <= kMaxMagnitude)) {
        refuse(fmt::format("row {} of the training data holds {}", r, value));
      }
    }
  }
}

std::vector<double> class_weights(std::span<const int> labels, std::size_t classes,
                                  ClassWeight weight) {
  if (weight == ClassWeight::kNone) return std::vector<double>(classes, 1.0);
  std::vector<std::size_t> count(classes, 0);
  for (const int label : labels) ++count[static_cast<std::size_t>(label)];
  std::vector<double> weights;
  weights.reserve(classes);
  for (const std::size_t of_class : count) {
    weights.push_back(static_cast<double>(labels.size()) / static_cast<double>(classes * of_class));
  }
  return weights;
}

}  // namespace undertone::classifier
