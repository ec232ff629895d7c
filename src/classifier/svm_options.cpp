#include "classifier/svm_options.hpp"

#include <fmt/format.h>

#include <undertone/error.hpp>

namespace undertone::classifier {

std::string_view to_string(Multiclass multiclass) {
  return multiclass == Multiclass::kOneVsOne ? "ovo" : "ovr";
}

std::string_view to_string(ClassWeight class_weight) {
  return class_weight == ClassWeight::kNone ? "none" : "balanced";
}

std::string_view to_string(GammaRule rule) { return rule == GammaRule::kScale ? "scale" : "auto"; }

void validate(const SvmOptions& options) {
  constexpr double kMaxC = 1e30;
  constexpr double kMaxGamma = 1e100;
  constexpr double kMaxTolerance = 0.1;
  constexpr std::size_t kMaxFolds = 1000;
  const auto refuse = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message);
  };
  if (!(options.c > 0 && options.c <= kMaxC)) {
    refuse(fmt::format("C must be positive (and at most {:g}), not {}", kMaxC, options.c));
  }
  if (const auto* gamma = std::get_if<double>(&options.gamma);
      gamma != nullptr && !(*gamma > 0 && *gamma <= kMaxGamma)) {
    refuse(fmt::format("gamma must be positive (and at most {:g}), not {}", kMaxGamma, *gamma));
  }
  if (!(options.tolerance > 0 && options.tolerance <= kMaxTolerance)) {
    refuse(fmt::format("the tolerance must be positive and at most {:g}, not {}", kMaxTolerance,
                       options.tolerance));
  }
  if (options.calibration_folds < 2 || options.calibration_folds > kMaxFolds) {
    refuse(fmt::format("there must be between 2 and {} calibration folds, not {}", kMaxFolds,
                       options.calibration_folds));
  }
}

}  // namespace undertone::classifier
