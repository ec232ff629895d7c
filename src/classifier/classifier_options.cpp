#include "classifier/classifier_options.hpp"

#include <algorithm>
#include <fmt/format.h>

#include <undertone/error.hpp>

namespace undertone::classifier {
namespace {

constexpr double kMaxWeight = 1e6;

void validate(const VotingOptions& options) {
  const auto refuse = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message);
  };
  if (options.members.empty()) refuse("an ensemble needs a member");
  for (auto member = options.members.begin(); member != options.members.end(); ++member) {
    if (*member == ClassifierKind::kEnsemble) refuse("an ensemble cannot be its own member");
    if (std::find(options.members.begin(), member, *member) != member) {
      refuse(fmt::format("an ensemble cannot have \"{}\" as a member twice", to_string(*member)));
    }
  }
  if (!options.weights.empty() && options.weights.size() != options.members.size()) {
    refuse(fmt::format("there are {} weights for an ensemble of {}", options.weights.size(),
                       options.members.size()));
  }
  for (const double weight : options.weights) {
    if (!(weight > 0 && weight <= kMaxWeight)) {
      refuse(fmt::format("the weight of a member must be positive and at most {:g}, not {}",
                         kMaxWeight, weight));
    }
  }
}

}  // namespace

std::string_view to_string(ClassifierKind kind) {
  switch (kind) {
    case ClassifierKind::kSvm:
      return "svm";
    case ClassifierKind::kLogistic:
      return "logistic";
    case ClassifierKind::kForest:
      return "forest";
    case ClassifierKind::kEnsemble:
      break;
  }
  return "ensemble";
}

std::optional<ClassifierKind> find_classifier_kind(std::string_view name) {
  for (const ClassifierKind kind : kClassifierKinds) {
    if (name == to_string(kind)) return kind;
  }
  return std::nullopt;
}

bool includes(const EmotionClassifierOptions& options, ClassifierKind kind) {
  if (options.kind == kind) return true;
  const auto& members = options.voting.members;
  return options.kind == ClassifierKind::kEnsemble &&
         std::find(members.begin(), members.end(), kind) != members.end();
}

void validate(const EmotionClassifierOptions& options) {
  if (options.kind == ClassifierKind::kEnsemble) validate(options.voting);
  if (includes(options, ClassifierKind::kSvm)) validate(options.svm);
  if (includes(options, ClassifierKind::kLogistic)) validate(options.logistic);
  if (includes(options, ClassifierKind::kForest)) validate(options.forest);
}

}  // namespace undertone::classifier
