#include "classifier/held_out_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <undertone/error.hpp>

#include "classifier/feature_steps.hpp"
#include "classifier/row_blocks.hpp"
#include "classifier/support_vector_classifier.hpp"

namespace undertone::classifier {

namespace {

void require_fitting(const HeldOutDecisions& set, std::size_t machines, std::size_t classes) {
  if (set.values.rows() != set.labels.size() || set.values.cols() != machines) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{} decision values of {} machines do not fit {} labels and {} machines",
                    set.values.rows(), set.values.cols(), set.labels.size(), machines));
  }
  for (std::size_t r = 0; r < set.labels.size(); ++r) {
    if (set.labels[r] < 0 || static_cast<std::size_t>(set.labels[r]) >= classes) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the label {} of a decision value is no class", set.labels[r]));
    }
    const auto row = set.values.row(r);
    if (!std::all_of(row.begin(), row.end(), [](double v) { return std::isfinite(v); })) {
      throw Error(ErrorCode::kInvalidArgument, "a decision value is not finite");
    }
  }
}

void require_every_class(std::span<const HeldOutDecisions> sets,
                         std::span<const std::string> class_names) {
  std::vector<bool> seen(class_names.size(), false);
  for (const HeldOutDecisions& set : sets) {
    for (const int label : set.labels) seen[static_cast<std::size_t>(label)] = true;
  }
  const auto absent = std::find(seen.begin(), seen.end(), false);
  if (absent == seen.end()) return;
  throw Error(ErrorCode::kDataInvalid,
              fmt::format("no held-out sample is of class \"{}\": nothing is there to calibrate "
                          "its probabilities on",
                          class_names[static_cast<std::size_t>(absent - seen.begin())]),
              "Hold out samples of every class, or leave the class out.");
}

// Of machine number m, whose positive class is `positive`; `negative` is -1 against all others.
PlattSigmoid fit_sigmoid(std::span<const HeldOutDecisions> sets, std::size_t m, int positive,
                         int negative) {
  std::vector<double> values;
  std::vector<double> negatives;
  for (const HeldOutDecisions& set : sets) {
    for (std::size_t r = 0; r < set.labels.size(); ++r) {
      if (set.labels[r] == positive) {
        values.push_back(set.values(r, m));
      } else if (negative < 0 || set.labels[r] == negative) {
        negatives.push_back(set.values(r, m));
      }
    }
  }
  const std::size_t positives = values.size();
  values.insert(values.end(), negatives.begin(), negatives.end());
  return fit_platt_sigmoid(values, positives);
}

}  // namespace

HeldOutDecisions held_out_decisions(tensor::MatrixView<const float> embeddings,
                                    std::span<const int> labels,
                                    tensor::MatrixView<const float> held_out,
                                    std::span<const int> held_out_labels,
                                    std::span<const std::string> class_names,
                                    const EmotionClassifierOptions& options, ThreadPool* threads) {
  if (held_out.cols() != embeddings.cols() || held_out.rows() != held_out_labels.size()) {
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("{} held-out embeddings of {} values do not fit {} labels and training "
                    "embeddings of {} values",
                    held_out.rows(), held_out.cols(), held_out_labels.size(), embeddings.cols()));
  }
  SvmOptions svm = options.svm;
  svm.probability = false;
  const FittedFeatures features = fit_features(embeddings, options.pca, threads);
  const auto machines =
      SupportVectorClassifier::fit(features.x.view(), labels, class_names, svm, {}, threads);
  HeldOutDecisions result;
  result.labels.assign(held_out_labels.begin(), held_out_labels.end());
  result.values = tensor::Matrix<double>(held_out.rows(), machines.machines());
  for_each_block(threads, held_out.rows(), [&](std::size_t first, std::size_t count) {
    const tensor::Matrix<double> x =
        features_of(features.scaler, features.pca, held_out.rows_from(first, count));
    const tensor::Matrix<double> values = machines.decision_rows(x.view());
    for (std::size_t r = 0; r < count; ++r) {
      const auto row = values.row(r);
      std::copy(row.begin(), row.end(), result.values.row(first + r).begin());
    }
  });
  return result;
}

std::vector<PlattSigmoid> fit_sigmoids(std::span<const HeldOutDecisions> sets,
                                       Multiclass multiclass,
                                       std::span<const std::string> class_names) {
  const bool pairs = multiclass == Multiclass::kOneVsOne;
  const std::size_t classes = class_names.size();
  const std::size_t machines = pairs ? classes * (classes - 1) / 2 : classes;
  for (const HeldOutDecisions& set : sets) require_fitting(set, machines, classes);
  require_every_class(sets, class_names);
  std::vector<PlattSigmoid> sigmoids;
  for (std::size_t i = 0; i < classes; ++i) {
    if (!pairs) {
      sigmoids.push_back(fit_sigmoid(sets, i, static_cast<int>(i), -1));
      continue;
    }
    for (std::size_t j = i + 1; j < classes; ++j) {
      sigmoids.push_back(
          fit_sigmoid(sets, sigmoids.size(), static_cast<int>(i), static_cast<int>(j)));
    }
  }
  return sigmoids;
}

}  // namespace undertone::classifier
