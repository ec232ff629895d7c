#include "classifier/emotion_classifier.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "classifier/plain_text.hpp"

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

void for_each_row(ThreadPool* threads, std::size_t rows, FunctionRef<void(std::size_t)> body) {
  if (threads != nullptr) {
    threads->parallel_for(rows, body);
  } else {
    for (std::size_t r = 0; r < rows; ++r) body(r);
  }
}

// The rows of X after a step that gives `features`.
tensor::Matrix<double> transform_rows(const auto& step, tensor::MatrixView<const double> x,
                                      std::size_t features, ThreadPool* threads) {
  tensor::Matrix<double> y(x.rows(), features);
  for_each_row(threads, x.rows(), [&](std::size_t r) { step.transform(x.row(r), y.row(r)); });
  return y;
}

}  // namespace

EmotionClassifier EmotionClassifier::fit(tensor::MatrixView<const float> embeddings,
                                         std::span<const int> labels,
                                         std::vector<std::string> class_names,
                                         const EmotionClassifierOptions& options,
                                         std::span<const std::int64_t> groups,
                                         ThreadPool* threads) {
  validate(options.svm);
  require_class_names(class_names, ErrorCode::kInvalidArgument);
  if (!options.svm.probability) {
    throw Error(ErrorCode::kInvalidArgument,
                "an emotion classifier cannot go without probabilities");
  }
  tensor::Matrix<double> x(embeddings.rows(), embeddings.cols());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const auto row = embeddings.row(r);
    std::copy(row.begin(), row.end(), x.row(r).begin());
  }
  StandardScaler scaler = StandardScaler::fit(x.view());
  x = transform_rows(scaler, x.view(), x.cols(), threads);
  std::optional<Pca> pca;
  if (options.pca) {
    pca = Pca::fit(x.view(), *options.pca);
    x = transform_rows(*pca, x.view(), pca->components_count(), threads);
  }
  SupportVectorClassifier svm =
      SupportVectorClassifier::fit(x.view(), labels, class_names, options.svm, groups, threads);
  return {std::move(scaler), std::move(pca), std::move(svm), std::move(class_names)};
}

EmotionClassifier::EmotionClassifier(StandardScaler scaler, std::optional<Pca> pca,
                                     SupportVectorClassifier svm,
                                     std::vector<std::string> class_names)
    : scaler_(std::move(scaler)),
      pca_(std::move(pca)),
      svm_(std::move(svm)),
      class_names_(std::move(class_names)) {
  if (pca_ && pca_->features() != scaler_.features()) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("the scaler gives {} features and the PCA takes {}", scaler_.features(),
                            pca_->features()));
  }
  const std::size_t given = pca_ ? pca_->components_count() : scaler_.features();
  if (svm_.features() != given) {
    throw Error(ErrorCode::kModelCorrupt,
                fmt::format("the support vector machine takes {} features where {} come out of the "
                            "steps before it",
                            svm_.features(), given));
  }
  if (!svm_.has_probabilities()) {
    throw Error(ErrorCode::kModelCorrupt, "the support vector machine has no probabilities");
  }
  if (class_names_.size() != svm_.classes()) {
    throw Error(ErrorCode::kModelCorrupt, fmt::format("there are {} class names for {} classes",
                                                      class_names_.size(), svm_.classes()));
  }
  require_class_names(class_names_, ErrorCode::kModelCorrupt);
}

ClassPrediction EmotionClassifier::predict(std::span<const float> embedding) const {
  if (embedding.size() != features()) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the classifier takes embeddings of {} values, not {}", features(),
                            embedding.size()),
                "Use the encoder that the classifier was trained with.");
  }
  std::vector<double> x(embedding.begin(), embedding.end());
  scaler_.transform(x, x);
  if (!pca_) return svm_.predict(x);
  std::vector<double> y(pca_->components_count());
  pca_->transform(x, y);
  return svm_.predict(y);
}

std::vector<ClassPrediction> EmotionClassifier::predict_all(
    tensor::MatrixView<const float> embeddings, ThreadPool* threads) const {
  std::vector<ClassPrediction> predictions(embeddings.rows());
  for_each_row(threads, predictions.size(),
               [&](std::size_t r) { predictions[r] = predict(embeddings.row(r)); });
  return predictions;
}

}  // namespace undertone::classifier
