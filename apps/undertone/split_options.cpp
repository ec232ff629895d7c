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

}  // namespace undertone::cli
