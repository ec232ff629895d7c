#include "classifier/emotion_classifier.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/feature_steps.hpp"
#include "classifier/plain_text.hpp"
#include "classifier/row_blocks.hpp"

namespace undertone::classifier {

namespace {

constexpr std::size_t kMaxNameBytes = 200;

void require_class_names(std::span<const std::string> names, ErrorCode code) {
  std::set<std::string_view> seen;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (names[c].empty() || names[c].size() > kMaxNameBytes || !is_plain_text(names[c])) {
      throw Error(code, fmt::format("the name of class {} is not a text of 1 to {} bytes in UTF-8 "
                                    "without control characters",
                                    c, kMaxNameBytes));
    }
    if (!seen.insert(names[c]).second) {
      throw Error(code, fmt::format("two classes are called \"{}\"", names[c]));
    }
  }
}

SingleEstimator fit_single(ClassifierKind kind, tensor::MatrixView<const double> x,
                           std::span<const int> labels, std::span<const std::string> class_names,
                           const EmotionClassifierOptions& options,
                           std::span<const std::int64_t> groups, ThreadPool* threads) {
  switch (kind) {
    case ClassifierKind::kLogistic:
      return LogisticRegression::fit(x, labels, class_names, options.logistic, threads);
    case ClassifierKind::kForest:
      return RandomForest::fit(x, labels, class_names, options.forest, threads);
    default:
      return SupportVectorClassifier::fit(x, labels, class_names, options.svm, groups, threads);
  }
}

Estimator fit_estimator(tensor::MatrixView<const double> x, std::span<const int> labels,
                        std::span<const std::string> class_names,
                        const EmotionClassifierOptions& options,
                        std::span<const std::int64_t> groups, ThreadPool* threads) {
  const auto fit_one = [&](ClassifierKind kind) {
    return fit_single(kind, x, labels, class_names, options, groups, threads);
  };
  if (options.kind != ClassifierKind::kEnsemble) {
    return std::visit(
        [](auto&& estimator) -> Estimator { return std::forward<decltype(estimator)>(estimator); },
        fit_one(options.kind));
  }
  std::vector<SingleEstimator> members;
  for (const ClassifierKind kind : options.voting.members) members.push_back(fit_one(kind));
  return SoftVoting(std::move(members), options.voting.weights);
}

template <class Kind>
const Kind* part(const Estimator& estimator) noexcept {
  if (const auto* alone = std::get_if<Kind>(&estimator)) return alone;
  if (const auto* voting = std::get_if<SoftVoting>(&estimator)) {
    for (const SingleEstimator& member : voting->members()) {
      if (const auto* found = std::get_if<Kind>(&member)) return found;
    }
  }
  return nullptr;
}

}  // namespace

ClassifierKind EmotionClassifier::kind() const noexcept {
  return kClassifierKinds[estimator_.index()];
}

const SupportVectorClassifier* EmotionClassifier::svm() const noexcept {
  return part<SupportVectorClassifier>(estimator_);
}
const LogisticRegression* EmotionClassifier::logistic() const noexcept {
  return part<LogisticRegression>(estimator_);
}
const RandomForest* EmotionClassifier::forest() const noexcept {
  return part<RandomForest>(estimator_);
}
const SoftVoting* EmotionClassifier::ensemble() const noexcept {
  return std::get_if<SoftVoting>(&estimator_);
}

EmotionClassifier EmotionClassifier::fit(tensor::MatrixView<const float> embeddings,
                                         std::span<const int> labels,
                                         std::vector<std::string> class_names,
                                         const EmotionClassifierOptions& options,
                                         std::span<const std::int64_t> groups,
                                         ThreadPool* threads) {
  validate(options);
  require_class_names(class_names, ErrorCode::kInvalidArgument);
  if (includes(options, ClassifierKind::kSvm) && !options.svm.probability) {
    throw Error(ErrorCode::kInvalidArgument,
                "an emotion classifier cannot go without probabilities");
  }
  FittedFeatures features = fit_features(embeddings, options.pca, threads);
  Estimator estimator =
      fit_estimator(features.x.view(), labels, class_names, options, groups, threads);
  return {std::move(features.scaler), std::move(features.pca), std::move(estimator),
          std::move(class_names)};
}

EmotionClassifier EmotionClassifier::fit_calibrated_on(tensor::MatrixView<const float> embeddings,
                                                       std::span<const int> labels,
                                                       std::vector<std::string> class_names,
                                                       const EmotionClassifierOptions& options,
                                                       std::span<const HeldOutDecisions> held_out,
                                                       ThreadPool* threads) {
  validate(options);
  require_class_names(class_names, ErrorCode::kInvalidArgument);
  if (options.kind != ClassifierKind::kSvm) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("decision values calibrate a support vector machine, not a classifier "
                            "of the kind '{}'",
                            to_string(options.kind)));
  }
  const auto sigmoids = fit_sigmoids(held_out, options.svm.multiclass, class_names);
  SvmOptions svm = options.svm;
  svm.probability = false;
  FittedFeatures features = fit_features(embeddings, options.pca, threads);
  auto machines =
      SupportVectorClassifier::fit(features.x.view(), labels, class_names, svm, {}, threads);
  return {std::move(features.scaler), std::move(features.pca),
          std::move(machines).with_sigmoids(sigmoids), std::move(class_names)};
}

EmotionClassifier::EmotionClassifier(StandardScaler scaler, std::optional<Pca> pca,
                                     Estimator estimator, std::vector<std::string> class_names)
    : scaler_(std::move(scaler)),
      pca_(std::move(pca)),
      estimator_(std::move(estimator)),
      class_names_(std::move(class_names)) {
  if (pca_ && pca_->features() != scaler_.features()) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("the scaler gives {} features and the PCA takes {}", scaler_.features(),
                            pca_->features()));
  }
  const std::size_t given = pca_ ? pca_->components_count() : scaler_.features();
  std::visit(
      [&](const auto& step) {
        if (step.features() != given) {
          throw Error(ErrorCode::kModelCorrupt,
                      fmt::format("the classifier takes {} features where {} come out of the steps "
                                  "before it",
                                  step.features(), given));
        }
        if (!step.has_probabilities()) {
          throw Error(ErrorCode::kModelCorrupt, "the classifier has no probabilities");
        }
        if (class_names_.size() != step.classes()) {
          throw Error(ErrorCode::kModelCorrupt,
                      fmt::format("there are {} class names for {} classes", class_names_.size(),
                                  step.classes()));
        }
      },
      estimator_);
  require_class_names(class_names_, ErrorCode::kModelCorrupt);
}

ClassPrediction EmotionClassifier::predict(std::span<const float> embedding) const {
  require_features(embedding.size());
  return std::move(predict_block({embedding.data(), 1, embedding.size()}).front());
}

std::vector<ClassPrediction> EmotionClassifier::predict_all(
    tensor::MatrixView<const float> embeddings, ThreadPool* threads) const {
  std::vector<ClassPrediction> predictions(embeddings.rows());
  if (predictions.empty()) return predictions;
  require_features(embeddings.cols());
  for_each_block(threads, embeddings.rows(), [&](std::size_t first, std::size_t count) {
    auto block = predict_block(embeddings.rows_from(first, count));
    std::move(block.begin(), block.end(), predictions.begin() + static_cast<std::ptrdiff_t>(first));
  });
  return predictions;
}

void EmotionClassifier::require_features(std::size_t found) const {
  if (found == features()) return;
  throw Error(
      ErrorCode::kDataInvalid,
      fmt::format("the classifier takes embeddings of {} values, not {}", features(), found),
      "Use the encoder that the classifier was trained with.");
}

std::vector<ClassPrediction> EmotionClassifier::predict_block(
    tensor::MatrixView<const float> embeddings) const {
  const tensor::Matrix<double> x = features_of(scaler_, pca_, embeddings);
  return std::visit([&](const auto& step) { return step.predict_rows(x.view()); }, estimator_);
}

}  // namespace undertone::classifier
