#include "evaluation/report/whole_study.hpp"

#include <cmath>
#include <fmt/format.h>
#include <string_view>

#include <undertone/error.hpp>

namespace undertone::evaluation {
namespace {

void require(bool holds, const Evaluation& evaluation, std::string_view what) {
  if (holds) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("the evaluation '{}' cannot be reported: {}", evaluation.split, what));
}

bool fits(const Scores& scores, std::size_t classes) {
  return scores.classes.size() == classes && scores.confusion.rows() == classes &&
         scores.confusion.cols() == classes;
}

bool is_class(int label, std::size_t classes) {
  return label >= 0 && static_cast<std::size_t>(label) < classes;
}

void require_whole(const Study& study, const Evaluation& evaluation) {
  const std::size_t classes = evaluation.class_names.size();
  require(classes > 0, evaluation, "it has no classes");
  require(fits(evaluation.pooled, classes), evaluation, "its scores are not of its classes");
  for (const FoldOutcome& fold : evaluation.fold_outcomes) {
    require(fits(fold.scores, classes), evaluation, "a fold's scores are not of its classes");
  }
  for (const Subgroup& group : evaluation.subgroups) {
    require(fits(group.scores, classes), evaluation, "a group's scores are not of its classes");
  }
  for (const ClipOutcome& clip : evaluation.clips) {
    require(clip.sample < study.samples, evaluation, "a clip is not one of the samples");
    require(is_class(clip.truth, classes) && is_class(clip.predicted, classes), evaluation,
            "a clip's label is not one of its classes");
    require(clip.probabilities.size() == classes, evaluation,
            "a clip's probabilities are not of its classes");
  }
}

}  // namespace

void require_whole(const Study& study) {
  if (study.evaluations.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "a study without an evaluation cannot be reported");
  }
  for (const Evaluation& evaluation : study.evaluations) {
    require(study.paths.size() == study.samples && study.speaker_of.size() == study.samples,
            evaluation, "paths and speakers are not those of its samples");
    require_whole(study, evaluation);
  }
  for (const Difference& difference : study.differences) {
    require(
        difference.first < study.evaluations.size() && difference.second < study.evaluations.size(),
        study.evaluations.front(), "a difference is to an evaluation that is not there");
  }
}

}  // namespace undertone::evaluation
