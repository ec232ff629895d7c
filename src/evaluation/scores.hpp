// How good predictions are, in the field's measures.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "tensor/matrix.hpp"

namespace undertone::evaluation {

// As scikit-learn's precision_recall_fscore_support with zero_division = 0.
struct ClassScores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
  std::size_t support = 0;  // samples that are of the class
};

// Predictions whose confidence lies in ((b)/10, (b+1)/10]: what they claimed and what came true.
struct ReliabilityBin {
  std::size_t count = 0;
  double mean_confidence = 0;  // 0 where count is 0
  double accuracy = 0;
};

struct Scores {
  std::size_t samples = 0;
  double accuracy = 0;
  double uar = 0;       // unweighted average recall, over the classes that occur
  double macro_f1 = 0;  // over the classes that occur or are predicted, as scikit-learn's f1_score
  std::vector<ClassScores> classes;       // [k]
  tensor::Matrix<std::size_t> confusion;  // [k, k]: row the true class, column the predicted one
  // Expected calibration error over ten bins of equal width: Σ count/samples · |accuracy - mean
  // confidence| (Guo et al. 2017, "On calibration of modern neural networks").
  double ece = 0;
  // Mean over samples of Σ over classes (probability - [is that class])², in [0, 2] (Brier 1950).
  double brier = 0;
  std::array<ReliabilityBin, 10> reliability{};
};

// The three figures that need nothing but a confusion matrix.
struct Summary {
  double accuracy = 0;
  double uar = 0;
  double macro_f1 = 0;
};

// confusion: [k, k], row the true class. All zero if it counts no sample.
Summary summarize(const tensor::Matrix<std::size_t>& confusion);

// truth, predicted: [N], in [0, classes); probabilities: [N, classes], rows that sum to 1. Throws
// Error(kInvalidArgument) on sizes that disagree, no sample, or an index outside its range.
Scores score(std::span<const int> truth, std::span<const int> predicted,
             tensor::MatrixView<const double> probabilities, std::size_t classes);

}  // namespace undertone::evaluation
