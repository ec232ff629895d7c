// From an embedding to the probabilities of emotions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "classifier/classifier_options.hpp"
#include "classifier/held_out_calibration.hpp"
#include "classifier/pca.hpp"
#include "classifier/soft_voting.hpp"
#include "classifier/standard_scaler.hpp"
#include "classifier/support_vector_classifier.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// What tells the classes apart. Each has classes(), features(), has_probabilities(), predict() and
// predict_rows().
using Estimator =
    std::variant<SupportVectorClassifier, LogisticRegression, RandomForest, SoftVoting>;

// StandardScaler → PCA (optional) → an estimator, fitted together, and the names of the classes in
// the order of its probabilities (which is the order given to fit; how to sort them for show is the
// caller's business). Embeddings are floats, widened on the way in; everything inside
// is double. Immutable and thread-safe once made; the same embedding gives the same bits alone,
// among others and on any number of threads.
class EmotionClassifier {
 public:
  // embeddings: [samples, features]; labels: [samples], indices into class_names; groups: empty or
  // [samples] (speakers: an SVM's calibration keeps each on one side). `threads` may be null.
  // Throws Error(kInvalidArgument) for options or names that cannot be, Error(kDataInvalid) for
  // data that cannot be trained on; see the three steps.
  static EmotionClassifier fit(tensor::MatrixView<const float> embeddings,
                               std::span<const int> labels, std::vector<std::string> class_names,
                               const EmotionClassifierOptions& options,
                               std::span<const std::int64_t> groups = {},
                               ThreadPool* threads = nullptr);

  // The same of the kind kSvm, but for the sigmoids: they are fitted to these decision values, of
  // classifiers with the same classes and options that have not seen the samples, and the training
  // data are not dealt into folds. Throws what fit and fit_sigmoids throw, and
  // Error(kInvalidArgument) for another kind.
  static EmotionClassifier fit_calibrated_on(tensor::MatrixView<const float> embeddings,
                                             std::span<const int> labels,
                                             std::vector<std::string> class_names,
                                             const EmotionClassifierOptions& options,
                                             std::span<const HeldOutDecisions> held_out,
                                             ThreadPool* threads);

  // From fitted steps; throws Error(kModelCorrupt) unless each step takes what the one before
  // gives, the estimator has probabilities, and there is a name for each class: valid UTF-8 of at
  // most 200 bytes, without control characters, no two alike.
  EmotionClassifier(StandardScaler scaler, std::optional<Pca> pca, Estimator estimator,
                    std::vector<std::string> class_names);

  std::size_t features() const noexcept { return scaler_.features(); }
  std::span<const std::string> class_names() const noexcept { return class_names_; }
  const StandardScaler& scaler() const noexcept { return scaler_; }
  const std::optional<Pca>& pca() const noexcept { return pca_; }
  const Estimator& estimator() const noexcept { return estimator_; }
  ClassifierKind kind() const noexcept;

  // The estimator, or the ensemble's member, of the kind; nullptr where it is none and has none.
  const SupportVectorClassifier* svm() const noexcept;
  const LogisticRegression* logistic() const noexcept;
  const RandomForest* forest() const noexcept;
  const SoftVoting* ensemble() const noexcept;

  // embedding: [features()]. NaN counts as the training mean, infinities as ±1e6. Throws
  // Error(kDataInvalid) on another size.
  ClassPrediction predict(std::span<const float> embedding) const;

  // One prediction a row. `threads` may be null.
  std::vector<ClassPrediction> predict_all(tensor::MatrixView<const float> embeddings,
                                           ThreadPool* threads = nullptr) const;

 private:
  void require_features(std::size_t found) const;
  std::vector<ClassPrediction> predict_block(tensor::MatrixView<const float> embeddings) const;

  StandardScaler scaler_;
  std::optional<Pca> pca_;
  Estimator estimator_;
  std::vector<std::string> class_names_;
};

}  // namespace undertone::classifier
