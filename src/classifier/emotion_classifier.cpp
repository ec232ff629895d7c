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

constexpr std::size_t kBlockRows = 16;

// Calls body(first, count) for blocks of rows. Each row's result is its own, however they are cut.
void for_each_block(ThreadPool* threads, std::size_t rows,
                    FunctionRef<void(std::size_t, std::size_t)> body) {
  const std::size_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  const auto run = [&](std::size_t block) {
    const std::size_t first = block * kBlockRows;
    body(first, std::min(kBlockRows, rows - first));
  };
  if (threads != nullptr) {
    threads->parallel_for(blocks, run);
  } else {
    for (std::size_t block = 0; block < blocks; ++block) run(block);
  }
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
  for_each_block(threads, x.rows(), [&](std::size_t first, std::size_t count) {
    for (std::size_t r = first; r < first + count; ++r) scaler.transform(x.row(r), x.row(r));
  });
  std::optional<Pca> pca;
  if (options.pca) {
    pca = Pca::fit(x.view(), *options.pca, threads);
    tensor::Matrix<double> projected(x.rows(), pca->components_count());
    for_each_block(threads, x.rows(), [&](std::size_t first, std::size_t count) {
      pca->transform_rows(x.view().rows_from(first, count),
                          projected.view().rows_from(first, count));
    });
    x = std::move(projected);
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
  tensor::Matrix<double> x(embeddings.rows(), embeddings.cols());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    std::copy_n(embeddings.row_data(r), x.cols(), x.row(r).begin());
    scaler_.transform(x.row(r), x.row(r));
  }
  if (!pca_) return svm_.predict_rows(x.view());
  tensor::Matrix<double> projected(x.rows(), pca_->components_count());
  pca_->transform_rows(x.view(), projected.view());
  return svm_.predict_rows(projected.view());
}

}  // namespace undertone::classifier
