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

std::vector<ClassScores> class_scores(const tensor::Matrix<std::size_t>& confusion,
                                      std::vector<std::size_t>& predicted) {
  const std::size_t classes = confusion.rows();
  std::vector<ClassScores> all(classes);
  predicted.assign(classes, 0);
  for (std::size_t t = 0; t < classes; ++t) {
    for (std::size_t p = 0; p < classes; ++p) {
      all[t].support += confusion(t, p);
      predicted[p] += confusion(t, p);
    }
  }
  for (std::size_t c = 0; c < classes; ++c) {
    const std::size_t right = confusion(c, c);
    all[c].precision = ratio(right, predicted[c]);
    all[c].recall = ratio(right, all[c].support);
    all[c].f1 = ratio(2 * right, predicted[c] + all[c].support);
  }
  return all;
}

Summary summarize(std::span<const ClassScores> classes, std::span<const std::size_t> predicted,
                  const tensor::Matrix<std::size_t>& confusion) {
  Summary summary;
  std::size_t samples = 0;
  std::size_t right = 0;
  std::size_t occurring = 0;
  std::size_t named = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    samples += classes[c].support;
    right += confusion(c, c);
    if (classes[c].support > 0) {
      ++occurring;
      summary.uar += classes[c].recall;
    }
    if (classes[c].support + predicted[c] > 0) {
      ++named;
      summary.macro_f1 += classes[c].f1;
    }
  }
  if (samples == 0) return {};
  summary.accuracy = ratio(right, samples);
  summary.uar /= static_cast<double>(occurring);
  summary.macro_f1 /= static_cast<double>(named);
  return summary;
}

std::size_t bin_of(double confidence) {
  const double place = std::ceil(confidence * 10) - 1;
  return static_cast<std::size_t>(std::clamp(place, 0.0, 9.0));
}

}  // namespace

Summary summarize(const tensor::Matrix<std::size_t>& confusion) {
  std::vector<std::size_t> predicted;
  const std::vector<ClassScores> classes = class_scores(confusion, predicted);
  return summarize(classes, predicted, confusion);
}

Scores score(std::span<const int> truth, std::span<const int> predicted,
             tensor::MatrixView<const double> probabilities, std::size_t classes) {
  require_consistent(truth, predicted, probabilities, classes);
  Scores scores;
  scores.samples = truth.size();
  scores.confusion = tensor::Matrix<std::size_t>(classes, classes);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto t = static_cast<std::size_t>(truth[i]);
    const auto p = static_cast<std::size_t>(predicted[i]);
    ++scores.confusion(t, p);
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
  scores.brier /= samples;
  for (ReliabilityBin& bin : scores.reliability) {
    if (bin.count == 0) continue;
    bin.mean_confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
    scores.ece +=
        static_cast<double>(bin.count) / samples * std::abs(bin.accuracy - bin.mean_confidence);
  }
  std::vector<std::size_t> named;
  scores.classes = class_scores(scores.confusion, named);
  const Summary summary = summarize(scores.classes, named, scores.confusion);
  scores.accuracy = summary.accuracy;
  scores.uar = summary.uar;
  scores.macro_f1 = summary.macro_f1;
  return scores;
}

}  // namespace undertone::evaluation
