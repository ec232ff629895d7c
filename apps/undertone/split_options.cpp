#include "undertone/split_options.hpp"

#include <fmt/format.h>
#include <map>

#include "undertone/command_errors.hpp"

namespace undertone::cli {

evaluation::SplitKind split_kind_of(const std::string& name) {
  using evaluation::SplitKind;
  static const std::map<std::string, SplitKind, std::less<>> kKinds = {
      {"speaker", SplitKind::kSpeaker},   {"random", SplitKind::kRandom},
      {"sentence", SplitKind::kSentence}, {"holdout", SplitKind::kHoldout},
      {"corpus", SplitKind::kCorpus},     {"holdout-random", SplitKind::kHoldoutRandom},
      {"published", SplitKind::kGiven}};
  const auto found = kKinds.find(name);
  if (found == kKinds.end()) {
    throw UsageError(
        fmt::format("there is no split '{}'", name),
        "Splits are speaker, random, sentence, holdout, holdout-random, corpus and published.");
  }
  return found->second;
}

void add_fold_options(CLI::App& command, std::optional<std::size_t>& folds,
                      std::optional<std::size_t>& repeats) {
  command.add_option("--folds", folds, "Of speaker, random and sentence (default: 5)")
      ->type_name("K")
      ->check(CLI::Range(2, 1000));
  command.add_option("--repeats", repeats, "Each with other folds (default: 1)")
      ->type_name("R")
      ->check(CLI::Range(1, 1000));
}

}  // namespace undertone::cli
