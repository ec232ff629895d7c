// What the published corpora say in their file names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace undertone::dataset {

enum class Corpus {
  kRavdess,  // Livingstone & Russo 2018; speech: 03-01-EM-IN-ST-RE-AC
  kEmodb,    // Burkhardt et al. 2005; speaker, text, emotion letter, take: 03a01Wa
  kNemo,     // Christop 2024; SPK_emotion_N
};

std::string_view to_string(Corpus corpus);  // "ravdess", "emodb", "nemo"
std::optional<Corpus> parse_corpus(std::string_view name);

struct NamedClip {
  std::string emotion;      // canonical, or "Calm", "Surprise", "Boredom"
  std::string speaker_id;   // with the corpus, e.g. "ravdess-01": speakers of two corpora differ
  std::string sentence_id;  // what was said, with the corpus: "ravdess-02", "emodb-a01", "nemo-12"
};

// `stem` is a file name without folder and ending. nullopt if it is not a name of that corpus's
// speech; RAVDESS songs and videos are not.
std::optional<NamedClip> parse_corpus_name(Corpus corpus, std::string_view stem);

}  // namespace undertone::dataset
