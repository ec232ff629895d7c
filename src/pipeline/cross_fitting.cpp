#include "pipeline/cross_fitting.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <utility>

#include <undertone/error.hpp>

#include "evaluation/fold_training.hpp"
#include "evaluation/sides.hpp"
#include "evaluation/units.hpp"
#include "pipeline/labelled_samples.hpp"

namespace undertone::pipeline {
namespace {

constexpr std::size_t kMostFiles = 1000;  // as many fingerprints as a bundle may name
constexpr const char* kColumn = "split";
constexpr const char* kColumnHint =
    "The metadata of the extraction need a column 'split': 'train' for clips that this file's "
    "encoder may have been trained on, 'test' for clips of speakers whom it has not heard.";

// An error in a file's data says which file.
[[noreturn]] void rethrow_of(const std::string& source, const Error& error) {
  throw Error(error.code(), fmt::format("{}: {}", source, error.what()), error.hint());
}

void require_alike(const EmbeddingTable& set, const std::string& source,
                   const EmbeddingTable& table) {
  const auto compare = [&](const char* what, const auto& found, const auto& expected) {
    if (found == expected) return;
    throw Error(ErrorCode::kModelMismatch,
                fmt::format("{}: the {} of these embeddings is {}, that of the embeddings to train "
                            "on is {}",
                            source, what, found, expected),
                "Calibrate with encoders of the same recipe, extracted with the same options.");
  };
  compare("width", set.embeddings.cols(), table.embeddings.cols());
  compare("pooling", set.origin.pooling, table.origin.pooling);
}

void require_sides(const CalibrationSet& set) {
  const evaluation::Fold& fold = set.fold;
  for (const auto& [rows, word] :
       {std::pair(&fold.train, "train"), std::pair(&fold.test, "test")}) {
    if (!rows->empty()) continue;
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: the column '{}' says '{}' of no clip with one of the labels {}",
                            set.source, kColumn, word, fmt::join(set.samples.class_names, ", ")),
                kColumnHint);
  }
  std::vector<bool> trained(set.samples.class_names.size(), false);
  for (const std::size_t r : fold.train) {
    trained[static_cast<std::size_t>(set.samples.labels[r])] = true;
  }
  if (const auto absent = std::find(trained.begin(), trained.end(), false);
      absent != trained.end()) {
    const auto c = static_cast<std::size_t>(absent - trained.begin());
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: class '{}' is missing among the clips marked 'train'", set.source,
                            set.samples.class_names[c]),
                "Mark training clips of every class, or leave the class out with --classes.");
  }
  std::set<std::string_view> heard;
  for (const std::size_t r : fold.train) heard.insert(set.samples.speakers[r]);
  heard.erase("");
  for (const std::size_t r : fold.test) {
    if (!heard.contains(set.samples.speakers[r])) continue;
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: the speaker '{}' has clips marked 'train' and clips marked 'test'",
                            set.source, set.samples.speakers[r]),
                "Calibration is on speakers whom the encoder has not heard: mark all clips of a "
                "speaker alike, or leave some of them without a mark.");
  }
}

void require_tested_classes(std::span<const CalibrationSet> sets,
                            const std::vector<std::string>& class_names) {
  std::vector<bool> tested(class_names.size(), false);
  for (const CalibrationSet& set : sets) {
    for (const std::size_t r : set.fold.test) {
      tested[static_cast<std::size_t>(set.samples.labels[r])] = true;
    }
  }
  const auto absent = std::find(tested.begin(), tested.end(), false);
  if (absent == tested.end()) return;
  throw Error(ErrorCode::kDataInvalid,
              fmt::format("none of the files for calibration has a clip of class '{}' marked "
                          "'test': nothing is there to calibrate its probabilities on",
                          class_names[static_cast<std::size_t>(absent - tested.begin())]),
              "Add a file that tests the class, or leave the class out with --classes.");
}

bool speakers_known(const CalibrationSet& set) {
  return evaluation::speakers_known(set.samples, set.fold.train) &&
         evaluation::speakers_known(set.samples, set.fold.test);
}

CalibrationSet read_set(const std::filesystem::path& file, const EmbeddingTable& table,
                        const std::vector<std::string>& class_names,
                        std::vector<std::string>& notices) {
  CalibrationSet set;
  set.source = file.string();
  const EmbeddingTable read = read_embeddings(file, table.origin.layer);
  require_alike(read, set.source, table);
  set.encoder_fingerprint = read.origin.encoder_fingerprint;
  set.samples = labelled_samples(read, class_names).samples;
  if (set.samples.column(kColumn) == nullptr) {
    throw Error(ErrorCode::kDataInvalid,
                fmt::format("{}: the embeddings have no column '{}'", set.source, kColumn),
                kColumnHint);
  }
  const auto note = [&](const std::string& notice) {
    notices.push_back(fmt::format("{}: {}", set.source, notice));
  };
  try {
    evaluation::SplitOptions split;
    split.kind = evaluation::SplitKind::kGiven;
    split.column = kColumn;
    evaluation::SplitPlan plan =
        evaluation::given_sides(set.samples, evaluation::all_rows(set.samples), split);
    set.fold = std::move(plan.trainings.front());
    for (const std::string& notice : plan.notices) note(notice);
  } catch (const Error& error) {
    rethrow_of(set.source, error);
  }
  require_sides(set);
  if (!speakers_known(set)) {
    note("not all speakers are known, so whether some are marked 'train' and 'test' was not seen");
  }
  if (set.encoder_fingerprint == table.origin.encoder_fingerprint) {
    note(
        "the encoder is the same as that of the embeddings to train on; if that one was trained on "
        "the clips marked 'test', the probabilities are too sure");
  }
  if (!read.origin.encoder_doubt.empty()) {
    note(fmt::format("the encoder {} {}", read.origin.encoder, read.origin.encoder_doubt));
  }
  return set;
}

}  // namespace

std::vector<CalibrationSet> read_calibration_sets(std::span<const std::filesystem::path> files,
                                                  const EmbeddingTable& table,
                                                  const std::vector<std::string>& class_names,
                                                  std::vector<std::string>& notices) {
  if (files.size() > kMostFiles) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{} files for calibration; at most {} are allowed", files.size(), kMostFiles));
  }
  std::vector<CalibrationSet> sets;
  for (const std::filesystem::path& file : files) {
    sets.push_back(read_set(file, table, class_names, notices));
  }
  if (!sets.empty()) require_tested_classes(sets, class_names);
  return sets;
}

CrossFit cross_fit(std::span<const CalibrationSet> sets,
                   const classifier::EmotionClassifierOptions& options,
                   std::vector<std::string>& notices, ThreadPool& pool, std::stop_token stop) {
  CrossFit result;
  std::set<std::string> fingerprints;
  std::set<std::string_view> speakers;
  for (const CalibrationSet& set : sets) {
    if (stop.stop_requested()) {
      throw Error(ErrorCode::kCancelled, "stopped before all was calibrated");
    }
    std::vector<std::string> of_set;
    try {
      result.decisions.push_back(
          evaluation::decisions_on_test(set.samples, set.fold, options, of_set, pool));
    } catch (const Error& error) {
      rethrow_of(set.source, error);
    }
    for (const std::string& notice : of_set) {
      notices.push_back(fmt::format("{}: {}", set.source, notice));
    }
    fingerprints.insert(set.encoder_fingerprint);
    result.record.clips += set.fold.test.size();
    for (const std::size_t r : set.fold.test) speakers.insert(set.samples.speakers[r]);
  }
  result.record.encoder_fingerprints.assign(fingerprints.begin(), fingerprints.end());
  const bool known = std::all_of(sets.begin(), sets.end(), speakers_known);
  result.record.speakers = known ? speakers.size() : 0;
  return result;
}

std::string in_words(const classifier::CrossFitting& calibration) {
  const std::size_t encoders = calibration.encoder_fingerprints.size();
  return fmt::format(
      "cross-fitted on {} clips {} the encoders had not heard ({} encoder{}: {})",
      calibration.clips,
      calibration.speakers == 0 ? "that" : fmt::format("of {} speakers whom", calibration.speakers),
      encoders, encoders == 1 ? "" : "s", fmt::join(calibration.encoder_fingerprints, ", "));
}

}  // namespace undertone::pipeline
