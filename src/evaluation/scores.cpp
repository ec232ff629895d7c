#include "evaluation/scores.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <undertone/error.hpp>

namespace undertone::evaluation {
namespace {

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void require_consistent(std::span<const int> truth, std::span<const int> predicted,
                        tensor::MatrixView<const double> probabilities, std::size_t classes) {
  const auto outside = [classes](int label) {
    return label < 0 || static_cast<std::size_t>(label) >= classes;
  };
  if (truth.empty() || predicted.size() != truth.size() || probabilities.rows() != truth.size() ||
      probabilities.cols() != classes) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} labels, {} predictions and probabilities of shape [{}, {}] for {} "
                            "classes cannot be scored",
                            truth.size(), predicted.size(), probabilities.rows(),
                            probabilities.cols(), classes));
  }
  if (std::any_of(truth.begin(), truth.end(), outside) ||
      std::any_of(predicted.begin(), predicted.end(), outside)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a label lies outside the {} classes", classes));
  }
}

void score_classes(Scores& scores) {
  const std::size_t classes = scores.confusion.rows();
  std::size_t occurring = 0;
  std::size_t named = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    std::size_t predicted = 0;
    ClassScores of_class;
    for (std::size_t o = 0; o < classes; ++o) {
      of_class.support += scores.confusion(c, o);
      predicted += scores.confusion(o, c);
    }
    const std::size_t right = scores.confusion(c, c);
    of_class.precision = ratio(right, predicted);
    of_class.recall = ratio(right, of_class.support);
    of_class.f1 = ratio(2 * right, predicted + of_class.support);
    if (of_class.support > 0) {
      ++occurring;
      scores.uar += of_class.recall;
    }
    if (of_class.support + predicted > 0) {
      ++named;
      scores.macro_f1 += of_class.f1;
    }
    scores.classes.push_back(of_class);
  }
  scores.uar /= static_cast<double>(occurring);
  scores.macro_f1 /= static_cast<double>(named);
}

std::size_t bin_of(double confidence) {
  const double place = std::ceil(confidence * 10) - 1;
  return static_cast<std::size_t>(std::clamp(place, 0.0, 9.0));
}

}  // namespace

Scores score(std::span<const int> truth, std::span<const int> predicted,
             tensor::MatrixView<const double> probabilities, std::size_t classes) {
  require_consistent(truth, predicted, probabilities, classes);
  Scores scores;
  scores.samples = truth.size();
  scores.confusion = tensor::Matrix<std::size_t>(classes, classes);
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto t = static_cast<std::size_t>(truth[i]);
    const auto p = static_cast<std::size_t>(predicted[i]);
    ++scores.confusion(t, p);
    right += t == p ? 1 : 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double error = probabilities(i, c) - (c == t ? 1 : 0);
      scores.brier += error * error;
    }
    ReliabilityBin& bin = scores.reliability[bin_of(probabilities(i, p))];
    ++bin.count;
    bin.mean_confidence += probabilities(i, p);
    bin.accuracy += t == p ? 1 : 0;
  }
  const auto samples = static_cast<double>(scores.samples);
  scores.accuracy = ratio(right, scores.samples);
  scores.brier /= samples;
  for (ReliabilityBin& bin : scores.reliability) {
    if (bin.count == 0) continue;
    bin.mean_confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
    scores.ece +=
        static_cast<double>(bin.count) / samples * std::abs(bin.accuracy - bin.mean_confidence);
  }
  score_classes(scores);
  return scores;
}

}  // namespace undertone::evaluation
