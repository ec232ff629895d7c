#include "undertone/classifier_options.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "dataset/emotion.hpp"
#include "undertone/command_errors.hpp"

namespace undertone::cli {
namespace {

using classifier::ClassWeight;
using classifier::PcaSize;

constexpr std::size_t kDefaultComponents = 200;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<PcaSize> pca_of(const std::string& text, const char* option) {
  if (text == "none") return std::nullopt;
  if (const auto count = number_of<std::size_t>(text); count && *count > 0) {
    return PcaSize{*count};
  }
  if (const auto fraction = number_of<double>(text); fraction && *fraction > 0 && *fraction < 1) {
    return PcaSize{*fraction};
  }
  throw UsageError(
      fmt::format("{} takes a number of components, a fraction of the variance between 0 and 1, "
                  "or 'none', not '{}'",
                  option, text));
}

classifier::Gamma gamma_of(const std::string& text, const char* option) {
  if (text == "scale") return classifier::GammaRule::kScale;
  if (text == "auto") return classifier::GammaRule::kAuto;
  if (const auto value = number_of<double>(text); value && *value > 0 && std::isfinite(*value)) {
    return *value;
  }
  throw UsageError(
      fmt::format("{} takes 'scale', 'auto' or a positive number, not '{}'", option, text));
}

ClassWeight class_weight_of(const std::string& text) {
  return text == "balanced" ? ClassWeight::kBalanced : ClassWeight::kNone;
}

// Settings that would change nothing are refused rather than ignored.
void require_own_settings(const ClassifierOptions& options,
                          const classifier::EmotionClassifierOptions& settings) {
  using classifier::ClassifierKind;
  const bool svm = includes(settings, ClassifierKind::kSvm);
  const bool forest = includes(settings, ClassifierKind::kForest);
  const std::pair<const char*, bool> strangers[] = {
      {"--C", options.c && !svm && !includes(settings, ClassifierKind::kLogistic)},
      {"--gamma", !options.gamma.empty() && !svm},
      {"--multiclass", options.multiclass != "ovo" && !svm},
      {"--trees", options.trees && !forest},
      {"--max-depth", options.max_depth && !forest},
      {"--weights", !options.weights.empty() && settings.kind != ClassifierKind::kEnsemble}};
  for (const auto& [name, given] : strangers) {
    if (!given) continue;
    throw UsageError(
        fmt::format("{} is no setting of the classifier '{}'", name, to_string(settings.kind)));
  }
}

void add_search_options(CLI::App& command, ClassifierOptions& options) {
  command.add_flag("--search", options.search,
                   "Choose C, gamma and components by cross-validation inside the training data, "
                   "by UAR; speaker-independent where speakers are known");
  command.add_option("--search-c", options.search_c, "Values of C to try (default: 0.3,1,3,10)")
      ->delimiter(',')
      ->type_name("X,Y,...");
  command
      .add_option("--search-gamma", options.search_gamma,
                  "Values of gamma to try (default: scale,auto)")
      ->delimiter(',')
      ->type_name("X,Y,...");
  command.add_option("--search-pca", options.search_pca, "Components to try (default: 100,200)")
      ->delimiter(',')
      ->type_name("N,0.95,none,...");
  command
      .add_option("--search-class-weight", options.search_class_weight,
                  "Class weights to try (default: none)")
      ->delimiter(',')
      ->check(CLI::IsMember({"none", "balanced"}));
  command.add_option("--search-folds", options.search_folds, "Folds of the search (default: 5)")
      ->type_name("K")
      ->check(CLI::Range(2, 1000));
}

}  // namespace

void add_classifier_options(CLI::App& command, ClassifierOptions& options) {
  command
      .add_option("--classifier", options.classifier,
                  "svm, logistic (regression), forest (random), or ensemble: the mean of the three "
                  "(default: svm)")
      ->check(CLI::IsMember({"svm", "logistic", "forest", "ensemble"}));
  command
      .add_option("--pca", options.pca,
                  "Principal components: how many (lowered to what the data allow), which part of "
                  "the variance, or none (default: 200)")
      ->type_name("N|0.95|none");
  command.add_option("--C", options.c, "Cost of errors, of svm and logistic (default: 1)")
      ->type_name("X");
  command.add_option("--gamma", options.gamma, "Width of the svm's kernel (default: scale)")
      ->type_name("scale|auto|X");
  command
      .add_option("--class-weight", options.class_weight,
                  "balanced: rare classes cost as much as frequent ones (default: none)")
      ->check(CLI::IsMember({"none", "balanced"}));
  command
      .add_option("--multiclass", options.multiclass,
                  "Of the svm: one machine a pair of classes or one a class (default: ovo)")
      ->check(CLI::IsMember({"ovo", "ovr"}));
  command.add_option("--trees", options.trees, "Of the forest (default: 100)")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  command
      .add_option("--max-depth", options.max_depth,
                  "Of the forest's trees (default: until leaves are pure)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000));
  command
      .add_option("--weights", options.weights,
                  "Of the ensemble's svm, logistic and forest (default: all alike)")
      ->delimiter(',')
      ->type_name("X,Y,Z");
  command
      .add_option("--classes", options.classes,
                  "Labels to train on (default: those of the six emotions that the data have)")
      ->delimiter(',')
      ->type_name("A,B,...");
  command.add_option("--seed", options.seed, "Of all folds and trees (default: 0)")->type_name("N");
  add_search_options(command, options);
}

classifier::EmotionClassifierOptions settings_of(const ClassifierOptions& options) {
  classifier::EmotionClassifierOptions settings;
  settings.pca = options.pca.empty() ? PcaSize{kDefaultComponents} : pca_of(options.pca, "--pca");
  settings.svm.c = options.c.value_or(1.0);
  if (!options.gamma.empty()) settings.svm.gamma = gamma_of(options.gamma, "--gamma");
  settings.svm.class_weight = class_weight_of(options.class_weight);
  settings.svm.multiclass = options.multiclass == "ovr" ? classifier::Multiclass::kOneVsRest
                                                        : classifier::Multiclass::kOneVsOne;
  settings.svm.seed = options.seed;
  settings.kind = *classifier::find_classifier_kind(options.classifier);
  settings.logistic.c = settings.svm.c;
  settings.logistic.class_weight = settings.svm.class_weight;
  settings.forest.trees = options.trees.value_or(settings.forest.trees);
  settings.forest.max_depth = options.max_depth;
  settings.forest.class_weight = settings.svm.class_weight;
  settings.forest.seed = options.seed;
  settings.voting.weights = options.weights;
  require_own_settings(options, settings);
  classifier::validate(settings);
  return settings;
}

std::optional<evaluation::SearchGrid> search_of(const ClassifierOptions& options) {
  const bool asked = options.search || !options.search_c.empty() || !options.search_gamma.empty() ||
                     !options.search_pca.empty() || !options.search_class_weight.empty();
  if (!asked) return std::nullopt;
  if (options.classifier != "svm") {
    throw UsageError("a search compares settings of the svm",
                     "Leave out the search, or --classifier.");
  }
  const classifier::EmotionClassifierOptions fixed = settings_of(options);
  evaluation::SearchGrid grid;
  if (options.c) grid.costs = {fixed.svm.c};
  if (!options.gamma.empty()) grid.gammas = {fixed.svm.gamma};
  if (!options.pca.empty()) grid.pca = {fixed.pca};
  if (!options.class_weight.empty()) grid.class_weights = {fixed.svm.class_weight};

  if (!options.search_c.empty()) grid.costs = options.search_c;
  for (const double c : grid.costs) {
    classifier::SvmOptions svm;
    svm.c = c;
    classifier::validate(svm);
  }
  if (!options.search_gamma.empty()) grid.gammas.clear();
  for (const std::string& text : options.search_gamma) {
    grid.gammas.push_back(gamma_of(text, "--search-gamma"));
  }
  if (!options.search_pca.empty()) grid.pca.clear();
  for (const std::string& text : options.search_pca) {
    grid.pca.push_back(pca_of(text, "--search-pca"));
  }
  if (!options.search_class_weight.empty()) grid.class_weights.clear();
  for (const std::string& text : options.search_class_weight) {
    grid.class_weights.push_back(class_weight_of(text));
  }
  return grid;
}

std::vector<std::string> classes_of(const ClassifierOptions& options) {
  std::vector<std::string> classes;
  for (const std::string& name : options.classes) {
    classes.push_back(dataset::normalize_emotion(name));
  }
  return classes;
}

}  // namespace undertone::cli
