#include "evaluation/splits.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "evaluation/dealing.hpp"
#include "evaluation/sides.hpp"
#include "evaluation/units.hpp"

namespace undertone::evaluation {
namespace {

constexpr std::size_t kMost = 1000;  // folds, repeats

void validate(const SplitOptions& options) {
  const auto refuse = [](const std::string& message) {
    throw Error(ErrorCode::kInvalidArgument, message);
  };
  if (options.folds < 2 || options.folds > kMost) {
    refuse(fmt::format("there must be between 2 and {} folds, not {}", kMost, options.folds));
  }
  if (options.repeats < 1 || options.repeats > kMost) {
    refuse(fmt::format("there must be between 1 and {} repeats, not {}", kMost, options.repeats));
  }
  const auto& [train, validation, test] = options.shares;
  if (!(train > 0 && train <= 1e6 && validation >= 0 && validation <= 1e6 && test > 0 &&
        test <= 1e6)) {
    refuse(
        fmt::format("the shares of a holdout must be positive, not {}/{}/{} (that of validation "
                    "may be 0)",
                    train, validation, test));
  }
}

// Each repeat has its own shuffle; the first that of the seed itself.
std::uint64_t seed_of(const SplitOptions& options, std::size_t repeat) {
  return options.seed + repeat * 0x9E3779B97F4A7C15U;
}

class Planner {
 public:
  Planner(const Samples& samples, std::span<const std::size_t> rows, const SplitOptions& options)
      : samples_(samples), rows_(rows), options_(options), speakers_(count(samples.speakers)) {
    speakers_known_ = speakers_known(samples, rows);
    for (const std::size_t r : rows) labels_.push_back(samples.labels[r]);
  }

  SplitPlan plan() {
    switch (options_.kind) {
      case SplitKind::kSpeaker:
        require_known(samples_.speakers, "speaker", "speaker_id", "random");
        return k_folds({.by_speaker = true}, "speaker", speakers_);
      case SplitKind::kRandom:
        return k_folds({}, "clip", rows_.size());
      case SplitKind::kSentence:
        require_known(samples_.sentences, "sentence", "sentence_id", "speaker");
        return k_folds({.by_sentence = true}, "sentence", count(samples_.sentences));
      case SplitKind::kHoldout:
        require_known(samples_.speakers, "speaker", "speaker_id", "holdout-random");
        return holdout({.by_speaker = true});
      case SplitKind::kHoldoutRandom:
        return holdout({});
      case SplitKind::kCorpus:
        require_known(samples_.corpora, "corpus", "corpus", "speaker");
        return corpus_sides(samples_, rows_, options_);
      case SplitKind::kGiven:
        return given_sides(samples_, rows_, options_);
    }
    throw Error(ErrorCode::kInternal, "an unknown split");
  }

 private:
  std::size_t count(const std::vector<std::string>& values) const {
    std::set<std::string_view> distinct;
    for (const std::size_t r : rows_) {
      if (!values[r].empty()) distinct.insert(values[r]);
    }
    return distinct.size();
  }

  void require_known(const std::vector<std::string>& values, const char* what, const char* column,
                     const char* instead) const {
    const auto unknown =
        std::count_if(rows_.begin(), rows_.end(), [&](std::size_t r) { return values[r].empty(); });
    if (unknown == 0) return;
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("the {} of {} of {} clips is not known", what, unknown, rows_.size()),
                fmt::format("Fill in the column '{}' of the metadata and extract again, or use "
                            "--split {}.",
                            column, instead));
  }

  void require_units(std::size_t units, std::size_t parts, const std::string& unit) const {
    if (units >= parts) return;
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("there are {} {}s{}, too few for {} parts", units, unit,
                    unit == "clip" ? "" : " (those that share recordings counting as one)", parts),
        units >= 2 ? fmt::format("Use --folds {} or fewer, or another split.", units)
                   : "Use another split, or add recordings.");
  }

  std::string speakers_in_words() const {
    if (!speakers_known_) return "whether speakers are on both sides is not known";
    return "speakers are on both sides";
  }

  SplitPlan k_folds(Joined joined, const std::string& unit, std::size_t distinct) {
    const auto units = units_of(samples_, rows_, joined);
    const auto unit_count =
        units.empty() ? 0
                      : static_cast<std::size_t>(*std::max_element(units.begin(), units.end()) + 1);
    require_units(unit_count, options_.folds, unit);
    SplitPlan plan;
    plan.name = to_string(options_.kind);
    plan.folds = options_.folds;
    plan.repeats = options_.repeats;
    const std::vector<double> shares(options_.folds, 1.0 / static_cast<double>(options_.folds));
    for (std::size_t repeat = 0; repeat < options_.repeats; ++repeat) {
      const auto part =
          deal(labels_, units, samples_.class_names.size(), shares, seed_of(options_, repeat));
      for (std::size_t f = 0; f < options_.folds; ++f) {
        Fold fold{.repeat = repeat, .fold = f, .train = {}, .validation = {}, .test = {}};
        for (std::size_t i = 0; i < rows_.size(); ++i) {
          (part[i] == f ? fold.test : fold.train).push_back(rows_[i]);
        }
        plan.trainings.push_back(std::move(fold));
      }
    }
    note_joined(plan, unit_count, distinct, unit);
    describe_folds(plan, unit, distinct);
    return plan;
  }

  void describe_folds(SplitPlan& plan, const std::string& unit, std::size_t distinct) const {
    const std::string repeats =
        plan.repeats > 1 ? fmt::format(", {} times with other folds", plan.repeats) : "";
    if (options_.kind == SplitKind::kSpeaker) {
      plan.description = fmt::format(
          "Speaker-independent: {} folds over {} speakers{}; no speaker is on both sides of a "
          "fold.",
          plan.folds, distinct, repeats);
    } else if (options_.kind == SplitKind::kRandom) {
      plan.description = fmt::format("Random: {} stratified folds over {} clips{}; {}.", plan.folds,
                                     distinct, repeats, speakers_in_words());
    } else {
      plan.description = fmt::format(
          "Sentence-independent: {} folds over {} {}s{}; no sentence is on both sides of a fold, "
          "but {}.",
          plan.folds, distinct, unit, repeats, speakers_in_words());
    }
  }

  void note_joined(SplitPlan& plan, std::size_t units, std::size_t distinct,
                   const std::string& unit) const {
    if (units == distinct) return;
    plan.notices.push_back(fmt::format(
        "Recordings of the same content, or derived from one another, are kept on one side: {} {}s "
        "make {} units.",
        distinct, unit, units));
  }

  SplitPlan holdout(Joined joined) {
    const auto& [train, validation, test] = options_.shares;
    const double sum = train + validation + test;
    std::vector<double> shares = {train / sum, test / sum};
    if (validation > 0) shares.push_back(validation / sum);
    const auto units = units_of(samples_, rows_, joined);
    const auto unit_count =
        static_cast<std::size_t>(*std::max_element(units.begin(), units.end()) + 1);
    require_units(unit_count, shares.size(), joined.by_speaker ? "speaker" : "clip");
    SplitPlan plan;
    plan.name = to_string(options_.kind);
    plan.folds = 1;
    plan.repeats = options_.repeats;
    for (std::size_t repeat = 0; repeat < options_.repeats; ++repeat) {
      const auto part =
          deal(labels_, units, samples_.class_names.size(), shares, seed_of(options_, repeat));
      Fold fold{.repeat = repeat, .fold = 0, .train = {}, .validation = {}, .test = {}};
      const std::array<std::vector<std::size_t>*, 3> lists = {&fold.train, &fold.test,
                                                              &fold.validation};
      for (std::size_t i = 0; i < rows_.size(); ++i) lists[part[i]]->push_back(rows_[i]);
      plan.trainings.push_back(std::move(fold));
    }
    note_joined(plan, unit_count, joined.by_speaker ? speakers_ : rows_.size(),
                joined.by_speaker ? "speaker" : "clip");
    plan.description = fmt::format(
        "{} holdout: {:.0f} % of {} for training, {:.0f} % for validation, {:.0f} % for testing{}; "
        "{}.",
        joined.by_speaker ? "Speaker-independent" : "Random", 100 * train / sum,
        joined.by_speaker ? fmt::format("{} clips of {} speakers", rows_.size(), speakers_)
                          : fmt::format("{} clips", rows_.size()),
        100 * validation / sum, 100 * test / sum,
        plan.repeats > 1 ? fmt::format(", {} times with other parts", plan.repeats) : "",
        joined.by_speaker ? "no speaker is in two of them" : speakers_in_words());
    return plan;
  }

  const Samples& samples_;
  std::span<const std::size_t> rows_;
  const SplitOptions& options_;
  std::vector<int> labels_;
  std::size_t speakers_ = 0;
  bool speakers_known_ = false;
};

void require_classes(const Samples& samples, std::span<const std::size_t> rows) {
  std::set<int> present;
  for (const std::size_t r : rows) present.insert(samples.labels[r]);
  if (present.size() >= 2) return;
  throw Error(ErrorCode::kDataInvalid,
              fmt::format("{} clips of {} cannot be evaluated; there must be two classes at least",
                          rows.size(), present.empty() ? "no class" : "one class"),
              "Check the column 'emotion' of the metadata, or name the classes with --classes.");
}

void require_trainings(const Samples& samples, const SplitPlan& plan) {
  for (const Fold& fold : plan.trainings) {
    const auto where = fmt::format(
        "fold {}{}", fold.fold + 1,
        plan.repeats > 1 ? fmt::format(" of repeat {}", fold.repeat + 1) : std::string());
    if (fold.test.empty()) {
      throw Error(ErrorCode::kDataInvalid, fmt::format("{} has no clip to test", where),
                  "Use fewer folds.");
    }
    std::vector<std::size_t> count(samples.class_names.size(), 0);
    for (const std::size_t r : fold.train) ++count[static_cast<std::size_t>(samples.labels[r])];
    const auto absent = std::find(count.begin(), count.end(), 0U);
    if (absent == count.end()) continue;
    throw Error(
        ErrorCode::kDataInvalid,
        fmt::format("class '{}' is missing among the training clips of {}",
                    samples.class_names[static_cast<std::size_t>(absent - count.begin())], where),
        "Leave the class out with --classes, choose another seed, or use another split.");
  }
}

bool is_speaker_independent(const Samples& samples, const SplitPlan& plan) {
  return std::all_of(plan.trainings.begin(), plan.trainings.end(), [&](const Fold& fold) {
    std::set<std::string_view> trained;
    for (const auto* list : {&fold.train, &fold.validation}) {
      for (const std::size_t r : *list) trained.insert(samples.speakers[r]);
    }
    return !trained.contains("") && std::none_of(fold.test.begin(), fold.test.end(), [&](auto r) {
      return samples.speakers[r].empty() || trained.contains(samples.speakers[r]);
    });
  });
}

}  // namespace

SplitPlan plan_split(const Samples& samples, std::span<const std::size_t> rows,
                     const SplitOptions& options) {
  validate(options);
  require_classes(samples, rows);
  SplitPlan plan = Planner(samples, rows, options).plan();
  require_trainings(samples, plan);
  plan.speaker_independent = is_speaker_independent(samples, plan);
  return plan;
}

SplitKind default_split(const Samples& samples, std::span<const std::size_t> rows) {
  return speakers_known(samples, rows) ? SplitKind::kSpeaker : SplitKind::kRandom;
}

std::string to_string(SplitKind kind) {
  switch (kind) {
    case SplitKind::kSpeaker:
      return "speaker";
    case SplitKind::kRandom:
      return "random";
    case SplitKind::kSentence:
      return "sentence";
    case SplitKind::kHoldout:
      return "holdout";
    case SplitKind::kHoldoutRandom:
      return "holdout-random";
    case SplitKind::kCorpus:
      return "corpus";
    case SplitKind::kGiven:
      return "published";
  }
  return "";
}

}  // namespace undertone::evaluation
