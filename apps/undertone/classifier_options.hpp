// The options of the classifier that `train` and `evaluate` share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "classifier/emotion_classifier.hpp"
#include "evaluation/search.hpp"

namespace undertone::cli {

// As given; what was not given is empty and means the default.
struct ClassifierOptions {
  std::string classifier = "svm";
  std::string pca;
  std::optional<double> c;
  std::string gamma;
  std::string class_weight;
  std::string multiclass = "ovo";
  std::optional<std::size_t> trees;
  std::optional<std::size_t> max_depth;
  std::vector<double> weights;
  std::vector<std::string> classes;
  std::uint64_t seed = 0;
  bool search = false;
  std::vector<double> search_c;
  std::vector<std::string> search_gamma;
  std::vector<std::string> search_pca;
  std::vector<std::string> search_class_weight;
  std::size_t search_folds = 5;
};

// `options` must outlive `command`.
void add_classifier_options(CLI::App& command, ClassifierOptions& options);

// Each throws UsageError for a value that cannot mean anything, and for settings of a classifier
// that is not asked for.
classifier::EmotionClassifierOptions settings_of(const ClassifierOptions& options);

// nullopt unless a search is asked for (by --search or by one of its lists). Where a setting was
// given itself (--C 10), the search keeps to it.
std::optional<evaluation::SearchGrid> search_of(const ClassifierOptions& options);

// By their canonical names.
std::vector<std::string> classes_of(const ClassifierOptions& options);

}  // namespace undertone::cli
