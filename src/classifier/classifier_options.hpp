// Which classifier, and how it is trained.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "classifier/logistic_regression.hpp"
#include "classifier/pca.hpp"
#include "classifier/random_forest.hpp"
#include "classifier/svm_options.hpp"

namespace undertone::classifier {

enum class ClassifierKind { kSvm, kLogistic, kForest, kEnsemble };

inline constexpr ClassifierKind kClassifierKinds[] = {
    ClassifierKind::kSvm, ClassifierKind::kLogistic, ClassifierKind::kForest,
    ClassifierKind::kEnsemble};

std::string_view to_string(ClassifierKind kind);  // "svm", "logistic", "forest", "ensemble"
std::optional<ClassifierKind> find_classifier_kind(std::string_view name);

struct VotingOptions {
  // Each at most once, none of them an ensemble.
  std::vector<ClassifierKind> members = {ClassifierKind::kSvm, ClassifierKind::kLogistic,
                                         ClassifierKind::kForest};
  std::vector<double> weights;  // one a member, in (0, 1e6]; empty: all alike
};

struct EmotionClassifierOptions {
  std::optional<PcaSize> pca = PcaSize{std::size_t{200}};  // none: all scaled features are seen
  SvmOptions svm;                                          // `probability` must be set
  ClassifierKind kind = ClassifierKind::kSvm;
  // Of those that `kind` is or has among its members.
  LogisticOptions logistic;
  ForestOptions forest;
  VotingOptions voting;
};

// Whether the classifier is of the kind or has a member that is.
bool includes(const EmotionClassifierOptions& options, ClassifierKind kind);

// Throws Error(kInvalidArgument) naming the first option of an included kind that is outside its
// range.
void validate(const EmotionClassifierOptions& options);

}  // namespace undertone::classifier
