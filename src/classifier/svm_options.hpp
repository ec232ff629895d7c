// How a support vector classifier is trained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace undertone::classifier {

// How several classes are told apart by machines that know two.
enum class Multiclass {
  kOneVsOne,   // one machine a pair of classes, as scikit-learn's SVC
  kOneVsRest,  // one machine a class against all others, as scikit-learn's OneVsRestClassifier(SVC)
};

enum class ClassWeight {
  kNone,      // every sample costs C
  kBalanced,  // a sample of class c costs C·samples/(classes·samples of c)
};

enum class GammaRule {
  kScale,  // 1 / (features · variance of all entries of X); 1 if that variance is zero
  kAuto,   // 1 / features
};

// The width of the kernel exp(-gamma·‖x - y‖²): a rule, or the value itself.
using Gamma = std::variant<GammaRule, double>;

struct SvmOptions {
  double c = 1.0;  // in (0, 1e30]
  Gamma gamma = GammaRule::kScale;
  ClassWeight class_weight = ClassWeight::kNone;
  Multiclass multiclass = Multiclass::kOneVsOne;
  // Fit Platt's sigmoids by internal cross-validation.
  bool probability = true;
  std::size_t calibration_folds = 5;  // at least 2
  std::uint64_t seed = 0;             // of the calibration folds; nothing else is random
  double tolerance = 1e-3;            // of the optimality conditions, in (0, 0.1]
  // Memory for values of the kernel. A matrix between all samples (4 bytes a value, so 16,384
  // samples by default) or else between those of one machine is computed at once where it fits;
  // where not even that does, rows are computed as they are needed and kept as far as they fit,
  // slower. The result is the same to the bit.
  std::size_t kernel_bytes = std::size_t{1} << 30;
};

std::string_view to_string(Multiclass multiclass);     // "ovo", "ovr"
std::string_view to_string(ClassWeight class_weight);  // "none", "balanced"
std::string_view to_string(GammaRule rule);            // "scale", "auto"

// Throws Error(kInvalidArgument) naming the first option outside its range.
void validate(const SvmOptions& options);

}  // namespace undertone::classifier
