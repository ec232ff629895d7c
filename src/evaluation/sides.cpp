#include "evaluation/sides.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <functional>
#include <set>
#include <unordered_set>
#include <utility>

#include <undertone/error.hpp>

#include "evaluation/units.hpp"

namespace undertone::evaluation {
namespace {

using Names = std::set<std::string>;

std::string joined(const Names& names) { return fmt::format("{}", fmt::join(names, ", ")); }

Names corpora_of(const Samples& samples, std::span<const std::size_t> rows) {
  Names names;
  for (const std::size_t r : rows) names.insert(samples.corpora[r]);
  return names;
}

Names known_corpora(const std::vector<std::string>& asked, const Names& present) {
  for (const std::string& name : asked) {
    if (present.contains(name)) continue;
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("no clip is of the corpus '{}'; there are: {}", name, joined(present)));
  }
  return {asked.begin(), asked.end()};
}

enum class Side { kNone, kTrain, kValidation, kTest };

// Relatives of tested clips are taken out of training and validation, those of validation clips
// out of training. Returns how many were.
std::size_t take_out_relatives(const Samples& samples, std::span<const std::size_t> rows,
                               std::vector<Side>& side) {
  const auto units = units_of(samples, rows, {});
  std::unordered_set<std::int64_t> tested;
  std::unordered_set<std::int64_t> validated;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (side[i] == Side::kTest) tested.insert(units[i]);
    if (side[i] == Side::kValidation) validated.insert(units[i]);
  }
  std::size_t taken = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool before_test = side[i] == Side::kTrain || side[i] == Side::kValidation;
    if ((before_test && tested.contains(units[i])) ||
        (side[i] == Side::kTrain && validated.contains(units[i]))) {
      side[i] = Side::kNone;
      ++taken;
    }
  }
  return taken;
}

Fold fold_of(std::size_t number, std::span<const std::size_t> rows, const std::vector<Side>& side) {
  Fold fold{.repeat = 0, .fold = number, .train = {}, .validation = {}, .test = {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (side[i] == Side::kTrain) fold.train.push_back(rows[i]);
    if (side[i] == Side::kValidation) fold.validation.push_back(rows[i]);
    if (side[i] == Side::kTest) fold.test.push_back(rows[i]);
  }
  return fold;
}

void note_taken(SplitPlan& plan, std::size_t taken) {
  if (taken == 0) return;
  for (const Fold& fold : plan.trainings) {
    if (!fold.train.empty()) continue;
    throw Error(ErrorCode::kDataInvalid,
                "no clip is left to train on: each is tested too, or derived from one that is",
                "Test on other recordings than those that train.");
  }
  plan.notices.push_back(
      fmt::format("{} clips were left out of training: the same recordings, or others derived from "
                  "them, are tested.",
                  taken));
}

// Those of an empty value have no side.
std::vector<Side> sides_in_column(const Samples& samples, std::span<const std::size_t> rows,
                                  const std::string& name) {
  const auto* column = samples.column(name);
  if (column == nullptr) {
    throw Error(ErrorCode::kDataInvalid, fmt::format("the embeddings have no column '{}'", name),
                "The metadata must say which recordings train and which are tested; or use another "
                "split.");
  }
  static const std::set<std::string, std::less<>> kTrain = {"train", "training"};
  static const std::set<std::string, std::less<>> kValidation = {"validation", "valid", "val",
                                                                 "dev", "development"};
  static const std::set<std::string, std::less<>> kTest = {"test", "testing"};
  std::vector<Side> side(rows.size(), Side::kNone);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string value = (*column)[rows[i]];
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (kTrain.contains(value)) {
      side[i] = Side::kTrain;
    } else if (kValidation.contains(value)) {
      side[i] = Side::kValidation;
    } else if (kTest.contains(value)) {
      side[i] = Side::kTest;
    } else if (!value.empty()) {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("{}: '{}' in the column '{}' is no part of a split",
                              samples.paths[rows[i]], (*column)[rows[i]], name),
                  "Call the parts train, validation and test.");
    }
  }
  return side;
}

}  // namespace

SplitPlan corpus_sides(const Samples& samples, std::span<const std::size_t> rows,
                       const SplitOptions& options) {
  const Names present = corpora_of(samples, rows);
  SplitPlan plan;
  plan.name = to_string(SplitKind::kCorpus);
  std::vector<std::pair<Names, Names>> trainings;  // trained on, tested on
  if (options.train_on.empty() && options.test_on.empty()) {
    if (present.size() < 2) {
      throw Error(ErrorCode::kDataInvalid,
                  fmt::format("all clips are of one corpus ({}); a cross-corpus split needs two",
                              joined(present)),
                  "Give the embeddings of several corpora, or use another split.");
    }
    for (const std::string& name : present) {
      Names others = present;
      others.erase(name);
      trainings.emplace_back(std::move(others), Names{name});
    }
    plan.description = fmt::format(
        "Cross-corpus: each of {} corpora ({}) is tested by a classifier trained on the "
        "others.",
        present.size(), joined(present));
  } else {
    Names train = known_corpora(options.train_on, present);
    Names test = known_corpora(options.test_on, present);
    for (Names* names : {&train, &test}) {
      if (!names->empty()) continue;  // all that the other side leaves
      for (const std::string& name : present) {
        if (!train.contains(name) && !test.contains(name)) names->insert(name);
      }
    }
    const auto both = std::find_if(train.begin(), train.end(),
                                   [&](const auto& name) { return test.contains(name); });
    if (both != train.end()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the corpus '{}' cannot both train and be tested", *both));
    }
    plan.description =
        fmt::format("Cross-corpus: trained on {}, tested on {}.", joined(train), joined(test));
    trainings.emplace_back(std::move(train), std::move(test));
  }
  plan.folds = trainings.size();
  std::size_t taken = 0;
  for (std::size_t f = 0; f < trainings.size(); ++f) {
    const auto& [train, test] = trainings[f];
    std::vector<Side> side(rows.size(), Side::kNone);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string& corpus = samples.corpora[rows[i]];
      if (train.contains(corpus)) side[i] = Side::kTrain;
      if (test.contains(corpus)) side[i] = Side::kTest;
    }
    taken += take_out_relatives(samples, rows, side);
    plan.trainings.push_back(fold_of(f, rows, side));
  }
  note_taken(plan, taken);
  return plan;
}

SplitPlan given_sides(const Samples& samples, std::span<const std::size_t> rows,
                      const SplitOptions& options) {
  std::vector<Side> side = sides_in_column(samples, rows, options.column);
  const auto none = std::count(side.begin(), side.end(), Side::kNone);
  SplitPlan plan;
  plan.name = options.given_words.empty() ? to_string(SplitKind::kGiven) : "given";
  plan.folds = 1;
  const std::size_t taken = take_out_relatives(samples, rows, side);
  plan.trainings.push_back(fold_of(0, rows, side));
  note_taken(plan, taken);
  if (none > 0) {
    plan.notices.push_back(
        fmt::format("{} clips have no part in the split and were left out.", none));
  }
  const Fold& fold = plan.trainings.front();
  plan.description = fmt::format("{}: trained on {} clips, tested on {}.",
                                 options.given_words.empty() ? "As published" : options.given_words,
                                 fold.train.size(), fold.test.size());
  return plan;
}

std::vector<std::size_t> rows_marked_test(const Samples& samples, std::span<const std::size_t> rows,
                                          const std::string& column) {
  const std::vector<Side> side = sides_in_column(samples, rows, column);
  std::vector<std::size_t> tested;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (side[i] == Side::kTest) tested.push_back(rows[i]);
  }
  return tested;
}

}  // namespace undertone::evaluation
