// A support vector machine with a Gaussian kernel, for two or more classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "classifier/class_prediction.hpp"
#include "classifier/packed_rows.hpp"
#include "classifier/platt_sigmoid.hpp"
#include "classifier/svm_options.hpp"
#include "common/thread_pool.hpp"
#include "tensor/matrix.hpp"

namespace undertone::classifier {

// The numbers of a fitted machine. With k classes there are M machines: one-vs-one, M = k(k-1)/2 in
// the order (0,1), (0,2), ... (1,2), ..., of which (i, j) is positive for class i; one-vs-rest,
// M = k, of which c is positive for class c.
struct SvmParameters {
  Multiclass multiclass = Multiclass::kOneVsOne;
  double gamma = 1;
  // [n, features], shared by all machines, sorted by class.
  tensor::Matrix<double> support_vectors;
  // [k] how many support vectors each class has; adds up to n.
  std::vector<std::int64_t> n_support;
  // y·α. One-vs-one: [k-1, n] as LIBSVM and scikit-learn keep them: row r of a vector of class c
  // belongs to its machine against class (r < c ? r : r + 1). One-vs-rest: [k, n], row c machine c.
  tensor::Matrix<double> dual_coef;
  std::vector<double> intercept;  // [M]
  // [M] Platt's sigmoid of each machine, or both empty.
  std::vector<double> platt_a;
  std::vector<double> platt_b;
};

// Training solves, for each machine, with yᵢ = ±1 and K(x, y) = exp(-gamma·‖x - y‖²),
//   min over α of ½ Σᵢⱼ αᵢαⱼyᵢyⱼK(xᵢ, xⱼ) - Σᵢ αᵢ   subject to Σᵢ yᵢαᵢ = 0, 0 <= αᵢ <= Cᵢ,
// with a solver that follows LIBSVM's path (see smo_solver.hpp); the decision value is f(x) = Σᵢ
// yᵢαᵢK(xᵢ, x) + intercept.
//
// Probabilities. Decision values out of an internal cross-validation give one sigmoid a machine
// (see platt_sigmoid.hpp); its probability is clipped to [1e-7, 1 - 1e-7]. One-vs-one couples them
// (see pairwise_coupling.hpp), two classes as well, as scikit-learn; one-vs-rest divides them by
// their sum. The label is the arg-max of the probabilities, always; without sigmoids it is the
// class with most votes (one-vs-one) or the greatest decision value (one-vs-rest).
//
// Immutable and thread-safe once made. The same input gives the same bits, however many threads
// train or predict.
class SupportVectorClassifier {
 public:
  // X: [samples, features], finite, |x| <= 1e100; labels: [samples], indices into `class_names`,
  // which are for messages only; groups: empty or [samples], and then the calibration folds keep a
  // group together (see calibration_folds.hpp). `threads` may be null. Throws
  // Error(kInvalidArgument) for options outside their range and Error(kDataInvalid) for data that
  // cannot be trained on: fewer than two classes, a class without samples (or too few to
  // calibrate), sizes that disagree, values that are not finite.
  static SupportVectorClassifier fit(tensor::MatrixView<const double> x,
                                     std::span<const int> labels,
                                     std::span<const std::string> class_names,
                                     const SvmOptions& options,
                                     std::span<const std::int64_t> groups = {},
                                     ThreadPool* threads = nullptr);

  // What fit gives for each of the costs instead of options.c, in their order; what does not depend
  // on the cost is computed once.
  static std::vector<SupportVectorClassifier> fit_costs(tensor::MatrixView<const double> x,
                                                        std::span<const int> labels,
                                                        std::span<const std::string> class_names,
                                                        const SvmOptions& options,
                                                        std::span<const double> costs,
                                                        std::span<const std::int64_t> groups = {},
                                                        ThreadPool* threads = nullptr);

  // From stored parameters; throws Error(kModelCorrupt) unless shapes agree, 2 <= k <= 1000,
  // gamma is in (0, 1e100] and everything is finite and at most 1e100 in magnitude.
  explicit SupportVectorClassifier(SvmParameters parameters);

  // The same machines with other sigmoids, one each; see held_out_calibration.hpp. Throws what the
  // constructor throws.
  SupportVectorClassifier with_sigmoids(std::span<const PlattSigmoid> sigmoids) &&;

  std::size_t classes() const noexcept { return parameters_.n_support.size(); }
  std::size_t features() const noexcept { return parameters_.support_vectors.cols(); }
  std::size_t machines() const noexcept { return parameters_.intercept.size(); }
  bool has_probabilities() const noexcept { return !parameters_.platt_a.empty(); }
  const SvmParameters& parameters() const noexcept { return parameters_; }

  // [machines()] for x: [features()], finite. Throws Error(kDataInvalid) on another size.
  std::vector<double> decision_values(std::span<const double> x) const;
  ClassPrediction predict(std::span<const double> x) const;

  // The same for each row of x: [n, features()]. Faster than one by one, with the same bits.
  tensor::Matrix<double> decision_rows(tensor::MatrixView<const double> x) const;
  std::vector<ClassPrediction> predict_rows(tensor::MatrixView<const double> x) const;

 private:
  void require_features(std::size_t found) const;
  void kernel_rows(tensor::MatrixView<const double> x, tensor::MatrixView<double> kernel) const;
  void decide(const double* kernel, std::span<double> decision) const;
  ClassPrediction classify(std::span<const double> decision_values) const;
  std::size_t vote(std::span<const double> decision_values) const;
  std::vector<double> probabilities(std::span<const double> decision_values) const;

  SvmParameters parameters_;
  std::vector<std::size_t> class_begin_;  // [k + 1] where the support vectors of each class begin
  PackedRows packed_;                     // the support vectors again
  std::vector<double> norms_;             // their squared lengths
};

// The value a rule means for these data, X: [samples, features]. Throws Error(kDataInvalid) if it
// is not a positive number up to 1e100.
double gamma_value(const Gamma& gamma, tensor::MatrixView<const double> x);

}  // namespace undertone::classifier
