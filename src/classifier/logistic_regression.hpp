// Multinomial logistic regression.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "classifier/class_prediction.hpp"
#include "classifier/svm_options.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

struct LogisticOptions {
  double c = 1.0;  // inverse strength of the penalty, in (0, 1e30]
  ClassWeight class_weight = ClassWeight::kNone;
  double tolerance = 1e-6;  // of the gradient of the mean loss, in (0, 0.1]
  std::size_t max_iterations = 10'000;
};

// Throws Error(kInvalidArgument) naming the first option outside its range.
void validate(const LogisticOptions& options);

struct LogisticParameters {
  tensor::Matrix<double> coefficients;  // [k, features]
  std::vector<double> intercepts;       // [k]
};

// P(c | x) = exp(w_c·x + b_c) / Σ_j exp(w_j·x + b_j), where training minimises
//   Σᵢ sᵢ·(-log P(yᵢ | xᵢ)) + (1/2C) Σ_c ‖w_c‖²,
// sᵢ being 1 or the weight of the sample's class: scikit-learn's LogisticRegression, whose meaning
// of C is the SVM's. With two classes scikit-learn fits one vector, the difference of the two, and
// penalises that; so do we (the penalty is then doubled, which gives w_1 = -w_0 = half of it).
// Intercepts are not penalised and add up to zero.
//
// Minimised by L-BFGS (see lbfgs.hpp) until no entry of the gradient of the mean loss exceeds the
// tolerance. The function is strictly convex in w, so its minimum is one, wherever one starts.
//
// Immutable and thread-safe once made. The same input gives the same bits on any number of threads:
// samples are summed in pieces whose number depends on theirs alone.
class LogisticRegression {
 public:
  // X: [samples, features]; labels, class_names: see require_trainable, whose errors it throws;
  // Error(kInvalidArgument) for options outside their range. `threads` may be null.
  static LogisticRegression fit(tensor::MatrixView<const double> x, std::span<const int> labels,
                                std::span<const std::string> class_names,
                                const LogisticOptions& options, ThreadPool* threads = nullptr);

  // From stored parameters; throws Error(kModelCorrupt) unless there are 2 to 1,000 classes, a
  // feature, an intercept for each class, and everything is finite and at most 1e100 in magnitude.
  explicit LogisticRegression(LogisticParameters parameters);

  std::size_t classes() const noexcept { return parameters_.intercepts.size(); }
  std::size_t features() const noexcept { return parameters_.coefficients.cols(); }
  bool has_probabilities() const noexcept { return true; }
  const LogisticParameters& parameters() const noexcept { return parameters_; }

  // x: [features()], finite. Throws Error(kDataInvalid) on another size.
  ClassPrediction predict(std::span<const double> x) const;
  // The same for each row of x: [n, features()].
  std::vector<ClassPrediction> predict_rows(tensor::MatrixView<const double> x) const;

 private:
  LogisticParameters parameters_;
};

}  // namespace undertone::classifier
