#include "evaluation/cross_validation.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <random>

#include "evaluation/fold_training.hpp"
#include "evaluation/units.hpp"
#include "support/expect_error.hpp"
#include "synthetic_samples.hpp"

namespace undertone::evaluation {
namespace {

using classifier::PcaSize;
using test::make_samples;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

CrossValidationOptions options(std::optional<PcaSize> pca = std::nullopt) {
  CrossValidationOptions result;
  result.classifier.pca = pca;
  return result;
}

Evaluation evaluate(const Samples& samples, SplitKind kind, const CrossValidationOptions& how,
                    unsigned threads = 2) {
  ThreadPool pool(threads);
  const SplitPlan plan = plan_split(samples, all_rows(samples), {.kind = kind, .folds = 3});
  return cross_validate(samples, plan, how, pool);
}

// Each fold does exactly what one would do by hand with the public pieces.
TEST(CrossValidation, IsTrainingOnEachFoldAlone) {
  const Samples samples = make_samples({.class_distance = 0.8});
  ThreadPool pool(2);
  const SplitPlan plan =
      plan_split(samples, all_rows(samples), {.folds = 3, .repeats = 2, .seed = 4});
  const auto how = options(PcaSize{std::size_t{3}});
  std::size_t reported = 0;
  const Evaluation evaluation =
      cross_validate(samples, plan, how, pool, [&](std::size_t done, std::size_t total) {
        EXPECT_EQ(done, ++reported);
        EXPECT_EQ(total, 6U);
      });
  EXPECT_EQ(reported, 6U);
  EXPECT_EQ(evaluation.split, "speaker");
  EXPECT_EQ(evaluation.description, plan.description);
  EXPECT_TRUE(evaluation.speaker_independent);
  EXPECT_EQ(evaluation.folds, 3U);
  EXPECT_EQ(evaluation.repeats, 2U);
  EXPECT_EQ(evaluation.class_names, samples.class_names);
  ASSERT_EQ(evaluation.fold_outcomes.size(), 6U);
  ASSERT_EQ(evaluation.clips.size(), 2 * samples.size());
  std::size_t next = 0;
  for (std::size_t f = 0; f < 6; ++f) {
    const Fold& fold = plan.trainings[f];
    std::vector<std::int64_t> speakers;
    for (const std::size_t r : fold.train)
      speakers.push_back(std::stoi(samples.speakers[r].substr(1)));
    // Numbered by first appearance, as fit_rows does.
    std::map<std::int64_t, std::int64_t> number;
    for (auto& s : speakers) s = number.emplace(s, number.size()).first->second;
    const auto fitted = classifier::EmotionClassifier::fit(
        gather(samples, fold.train).view(), labels_of(samples, fold.train), samples.class_names,
        how.classifier, speakers);
    std::size_t right = 0;
    for (const std::size_t r : fold.test) {
      const auto expected = fitted.predict(samples.embeddings.row(r));
      const ClipOutcome& clip = evaluation.clips.at(next++);
      EXPECT_EQ(clip.sample, r);
      EXPECT_EQ(clip.repeat, f / 3);
      EXPECT_EQ(clip.fold, f % 3);
      EXPECT_EQ(clip.truth, samples.labels[r]);
      EXPECT_EQ(clip.predicted, static_cast<int>(expected.label));
      EXPECT_EQ(clip.probabilities, expected.probabilities);
      right += clip.predicted == clip.truth ? 1 : 0;
    }
    const FoldOutcome& outcome = evaluation.fold_outcomes[f];
    EXPECT_EQ(outcome.shared_speakers, 0U);
    EXPECT_EQ(outcome.train_speakers, 4U);
    EXPECT_EQ(outcome.test_speakers, 2U);
    EXPECT_EQ(outcome.scores.accuracy, static_cast<double>(right) / 24);
  }
}

TEST(CrossValidation, DoesNotDependOnThreads) {
  const Samples samples = make_samples({.class_distance = 0.8});
  const Evaluation one = evaluate(samples, SplitKind::kRandom, options(), 1);
  const Evaluation four = evaluate(samples, SplitKind::kRandom, options(), 4);
  ASSERT_EQ(one.clips.size(), four.clips.size());
  for (std::size_t i = 0; i < one.clips.size(); ++i) {
    EXPECT_EQ(one.clips[i].sample, four.clips[i].sample);
    EXPECT_EQ(one.clips[i].probabilities, four.clips[i].probabilities);
  }
  EXPECT_EQ(one.intervals.uar.low, four.intervals.uar.low);
  EXPECT_EQ(one.pooled.brier, four.pooled.brier);
}

// The mistake that this module exists to prevent, in two forms. First: known voices.
TEST(Leaks, SpeakersWithSignaturesFlatterTheRandomSplit) {
  const Samples samples = make_samples({.classes = 3,
                                        .speakers = 9,
                                        .each = 8,
                                        .dimension = 10,
                                        .class_distance = 0.8,
                                        .signature_distance = 1.2});
  const Evaluation random = evaluate(samples, SplitKind::kRandom, options());
  const Evaluation speaker = evaluate(samples, SplitKind::kSpeaker, options());
  EXPECT_GT(random.pooled.uar, speaker.pooled.uar + 0.1);
  EXPECT_GT(random.intervals.uar.low, speaker.pooled.uar);
  EXPECT_FALSE(random.speaker_independent);
  EXPECT_GT(random.fold_outcomes[0].shared_speakers, 0U);
  EXPECT_THAT(random.notices, Contains(HasSubstr("not speaker-independent")));
  EXPECT_THAT(speaker.notices, Not(Contains(HasSubstr("not speaker-independent"))));
}

// Second: copies of one recording. The embeddings tell nothing of the class, but the copies of a
// recording resemble each other, also across speakers.
TEST(Leaks, CopiesOfARecordingAreNeverOnBothSides) {
  constexpr std::size_t kCopies = 4;
  Samples samples =
      make_samples({.classes = 2, .speakers = 8, .each = 12, .dimension = 12, .class_distance = 0});
  std::mt19937_64 random(3);
  std::normal_distribution<float> noise(0, 0.05F);
  std::vector<std::string> origin(samples.size());
  // Copy i of a recording belongs to another speaker each; class by class.
  for (int c = 0; c < 2; ++c) {
    std::vector<std::size_t> rows;
    for (std::size_t r = 0; r < samples.size(); ++r) {
      if (samples.labels[r] == c) rows.push_back(r);
    }
    const std::size_t originals = rows.size() / kCopies;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto from = samples.embeddings.row(rows[i % originals]);
      const auto to = samples.embeddings.row(rows[i]);
      for (std::size_t d = 0; d < to.size(); ++d) to[d] = from[d] + noise(random);
      origin[rows[i]] = std::to_string(c) + "-" + std::to_string(i % originals);
    }
  }
  const Evaluation leaky = evaluate(samples, SplitKind::kRandom, options());
  EXPECT_GT(leaky.pooled.accuracy, 0.9) << "without knowing of the copies";
  samples.columns["group"] = origin;
  const Evaluation honest = evaluate(samples, SplitKind::kRandom, options());
  EXPECT_LT(honest.pooled.accuracy, 0.65);
  EXPECT_THAT(honest.notices, Contains(HasSubstr("are kept on one side")));
  samples.columns.clear();
  samples.columns["sha256"] = origin;
  EXPECT_LT(evaluate(samples, SplitKind::kRandom, options()).pooled.accuracy, 0.65);
}

TEST(CrossValidation, ComponentsAreLoweredWithOneNotice) {
  const Evaluation evaluation =
      evaluate(make_samples(), SplitKind::kSpeaker, options(PcaSize{std::size_t{200}}));
  EXPECT_THAT(evaluation.notices,
              Contains("Fold 1: 6 principal components instead of 200: 48 embeddings of 6 values "
                       "allow no more (likewise in 2 further folds)."));
}

TEST(CrossValidation, OneSpeakerIsNoGroupForTheCalibration) {
  ThreadPool pool(1);
  const Samples one = make_samples({.speakers = 1, .each = 8});
  const Fit fit = fit_rows(one, all_rows(one), options().classifier, pool);
  EXPECT_EQ(fit.used.speakers, 0U);
  ASSERT_EQ(fit.used.notices.size(), 1U);
  EXPECT_THAT(fit.used.notices[0], HasSubstr("without keeping speakers apart"));
}

TEST(CrossValidation, CalibrationKeepsCopiesTogetherWhereSpeakersAreNotKnown) {
  Samples samples = make_samples();
  samples.speakers.assign(samples.size(), "");
  EXPECT_TRUE(fitting_options(samples, all_rows(samples), {}).groups.empty());
  samples.columns["group"].assign(samples.size(), "");
  samples.columns["group"][0] = samples.columns["group"][5] = "g";
  const FittingOptions used = fitting_options(samples, all_rows(samples), {});
  ASSERT_EQ(used.groups.size(), samples.size());
  EXPECT_EQ(used.groups[0], used.groups[5]);
  EXPECT_NE(used.groups[0], used.groups[1]);
  EXPECT_EQ(used.speakers, 0U);
}

TEST(CrossValidation, DamagedEmbeddingsAreNamed) {
  Samples samples = make_samples();
  samples.embeddings(7, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_UNDERTONE_ERROR(evaluate(samples, SplitKind::kRandom, options()), ErrorCode::kDataInvalid,
                         "the embedding of 'clip7.wav' holds nan in column 2");
  samples.embeddings(7, 2) = 1e7F;
  EXPECT_UNDERTONE_ERROR(evaluate(samples, SplitKind::kRandom, options()), ErrorCode::kDataInvalid,
                         "'clip7.wav'");
}

TEST(CrossValidation, StopsOnRequest) {
  const Samples samples = make_samples();
  ThreadPool pool(2);
  const SplitPlan plan = plan_split(samples, all_rows(samples), {.folds = 3, .repeats = 20});
  std::stop_source stop;
  std::size_t trained = 0;
  EXPECT_UNDERTONE_ERROR(cross_validate(
                             samples, plan, options(), pool,
                             [&](std::size_t done, std::size_t) {
                               trained = done;
                               stop.request_stop();
                             },
                             stop.get_token()),
                         ErrorCode::kCancelled, "stopped before all was done");
  EXPECT_GE(trained, 1U);
  EXPECT_LE(trained, 4U);
}

TEST(NestedSearch, ChoosesInsideTheTrainingPart) {
  const Samples samples = make_samples({.speakers = 9, .class_distance = 0.8});
  CrossValidationOptions how = options();
  how.search.emplace();
  how.search->costs = {0.1, 10};
  how.search->gammas = {classifier::GammaRule::kScale};
  how.search->pca = {std::nullopt, PcaSize{std::size_t{2}}};
  how.search_folds = 3;
  ThreadPool pool(2);
  const SplitPlan plan = plan_split(samples, all_rows(samples), {.folds = 3});
  const Evaluation evaluation = cross_validate(samples, plan, how, pool);
  // The first fold's choice, found from its training rows alone.
  const SplitPlan inner = selection_plan(samples, plan.trainings[0].train, 3, how.seed);
  const SearchOutcome found = search(samples, inner.trainings, how.classifier, *how.search, pool);
  EXPECT_THAT(
      evaluation.notices,
      Contains(HasSubstr("Fold 1 chose " + in_words(found.candidates[found.best].options))));
  const Fit fit =
      fit_rows(samples, plan.trainings[0].train, found.candidates[found.best].options, pool);
  for (std::size_t i = 0; i < plan.trainings[0].test.size(); ++i) {
    EXPECT_EQ(
        evaluation.clips[i].probabilities,
        fit.classifier.predict(samples.embeddings.row(plan.trainings[0].test[i])).probabilities);
  }
}

TEST(NestedSearch, UsesTheValidationPartOfAHoldout) {
  const Samples samples = make_samples({.speakers = 12, .class_distance = 0.8});
  CrossValidationOptions how = options();
  how.search.emplace();
  how.search->costs = {0.1, 10};
  how.search->gammas = {classifier::GammaRule::kScale};
  how.search->pca = {std::nullopt};
  const Evaluation evaluation = evaluate(samples, SplitKind::kHoldout, how);
  const SplitPlan plan = plan_split(samples, all_rows(samples), {.kind = SplitKind::kHoldout});
  Fold once;
  once.train = plan.trainings[0].train;
  once.test = plan.trainings[0].validation;
  ThreadPool pool(1);
  const SearchOutcome found =
      search(samples, std::span(&once, 1), how.classifier, *how.search, pool);
  EXPECT_THAT(evaluation.notices,
              Contains(HasSubstr(in_words(found.candidates[found.best].options))));
  EXPECT_EQ(evaluation.clips.size(), plan.trainings[0].test.size());
}

TEST(TrainedClassifier, IsScoredAsItIs) {
  const Samples samples = make_samples({.class_distance = 5});
  ThreadPool pool(1);
  Samples turned = make_samples({.class_distance = 5});
  turned.class_names = {"C", "B", "A"};
  for (int& label : turned.labels) label = 2 - label;
  const Fit fit = fit_rows(turned, all_rows(turned), options().classifier, pool);
  const Evaluation evaluation = evaluate_classifier(samples, fit.classifier, "As it is.", 1, pool);
  EXPECT_EQ(evaluation.split, "model");
  EXPECT_EQ(evaluation.description, "As it is.");
  EXPECT_EQ(evaluation.class_names, samples.class_names);
  EXPECT_GT(evaluation.pooled.accuracy, 0.95) << "whatever the order of its classes";
  for (const ClipOutcome& clip : evaluation.clips) {
    const auto expected = fit.classifier.predict(samples.embeddings.row(clip.sample));
    EXPECT_EQ(clip.predicted, 2 - static_cast<int>(expected.label));
    EXPECT_EQ(clip.probabilities[0], expected.probabilities[2]);
  }
  Samples other = make_samples();
  other.class_names[1] = "Z";
  EXPECT_UNDERTONE_ERROR(evaluate_classifier(other, fit.classifier, "", 1, pool),
                         ErrorCode::kInvalidArgument, "not those of the classifier");
}

}  // namespace
}  // namespace undertone::evaluation
