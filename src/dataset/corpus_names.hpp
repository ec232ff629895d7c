// What the published corpora say in their file names.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace undertone::dataset {

enum class Corpus {
  kCremad,   // Cao et al. 2014; actor, sentence, emotion, level: 1001_DFA_ANG_XX
  kRavdess,  // Livingstone & Russo 2018; speech: 03-01-EM-IN-ST-RE-AC
  kTess,     // Pichora-Fuller & Dupuis 2020; talker, word, emotion: OAF_back_angry
  kSavee,    // Jackson & Haq 2014; speaker, emotion, number: DC_a01, or a01 in a folder DC
  kEmodb,    // Burkhardt et al. 2005; speaker, text, emotion letter, take: 03a01Wa
  kNemo,     // Christop 2024; SPK_emotion_N
};

inline constexpr std::array kCorpora = {Corpus::kCremad, Corpus::kRavdess, Corpus::kTess,
                                        Corpus::kSavee,  Corpus::kEmodb,   Corpus::kNemo};

std::string_view to_string(Corpus corpus);  // "cremad", "ravdess", "tess", ...

// By that name in any case, with or without hyphens: "CREMA-D".
std::optional<Corpus> parse_corpus(std::string_view name);

// What a name says, and what the corpus publishes of the speaker it names. Unknown values are
// empty.
struct NamedClip {
  std::string name;         // of the recording within the corpus, e.g. "1001_DFA_ANG_XX"
  std::string emotion;      // canonical, or "Calm", "Surprise", "Boredom"
  std::string speaker_id;   // with the corpus, e.g. "ravdess-01": speakers of two corpora differ
  std::string sentence_id;  // what was said, with the corpus: "ravdess-02", "emodb-a01", "nemo-12"
  std::string intensity{};  // RAVDESS "normal", "strong"; CREMA-D "low" ... "unspecified"
  std::string sex{};        // "female", "male"
  std::string age{};        // years
};

// `file` is a path or a name, with an ending or without; only SAVEE looks at the folder. nullopt if
// it is not a name of that corpus's speech; RAVDESS songs and videos are not.
std::optional<NamedClip> parse_corpus_name(Corpus corpus, const std::filesystem::path& file);

}  // namespace undertone::dataset
