#include "dataset/corpus_names.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace undertone::dataset {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string prefixed(Corpus corpus, std::string_view text) {
  return std::string(to_string(corpus)) + '-' + std::string(text);
}

template <std::size_t N>
using Codes = std::array<std::pair<std::string_view, std::string_view>, N>;

// What a code stands for; empty if it stands for nothing.
template <std::size_t N>
std::string_view meaning(const Codes<N>& codes, std::string_view code) {
  for (const auto& [known, text] : codes) {
    if (known == code) return text;
  }
  return {};
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// 1001_DFA_ANG_XX: actor, sentence, emotion, level. The actors' sex and age are in a table of their
// own (cremad_tables.hpp).
std::optional<NamedClip> cremad(std::string_view stem) {
  constexpr std::array<std::string_view, 12> kSentences = {
      "IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"};
  constexpr Codes<6> kNames = {{{"ANG", "Angry"},
                                {"DIS", "Disgust"},
                                {"FEA", "Fear"},
                                {"HAP", "Happy"},
                                {"NEU", "Neutral"},
                                {"SAD", "Sad"}}};
  // Copies are about in which 1040_ITH_SAD_XX ends with a single X.
  constexpr Codes<5> kLevels = {{{"LO", "low"},
                                 {"MD", "medium"},
                                 {"HI", "high"},
                                 {"XX", "unspecified"},
                                 {"X", "unspecified"}}};
  const std::vector<std::string_view> fields = split(stem, '_');
  if (fields.size() != 4 || fields[0].size() != 4 || !all_digits(fields[0]) || fields[0] < "1001" ||
      fields[0] > "1091" ||
      std::find(kSentences.begin(), kSentences.end(), fields[1]) == kSentences.end()) {
    return std::nullopt;
  }
  const std::string_view emotion = meaning(kNames, fields[2]);
  const std::string_view level = meaning(kLevels, fields[3]);
  if (emotion.empty() || level.empty()) return std::nullopt;
  return NamedClip{.name = std::string(stem) + (fields[3] == "X" ? "X" : ""),
                   .emotion = std::string(emotion),
                   .speaker_id = prefixed(Corpus::kCremad, fields[0]),
                   .sentence_id = prefixed(Corpus::kCremad, fields[1]),
                   .intensity = std::string(level)};
}

// 03-01-EM-IN-ST-RE-AC, two digits each: modality (03 audio only), channel (01 speech), emotion,
// intensity, statement, repetition, actor (odd numbers are men, even ones women).
std::optional<NamedClip> ravdess(std::string_view stem) {
  constexpr std::array<std::string_view, 8> kNames = {"Neutral", "Calm", "Happy",   "Sad",
                                                      "Angry",   "Fear", "Disgust", "Surprise"};
  const std::vector<std::string_view> fields = split(stem, '-');
  const bool well_formed =
      fields.size() == 7 && std::all_of(fields.begin(), fields.end(), [](auto f) {
        return f.size() == 2 && is_digit(f[0]) && is_digit(f[1]) && f != "00";
      });
  if (!well_formed || fields[0] != "03" || fields[1] != "01") return std::nullopt;
  if (fields[2] > "08" || fields[3] > "02" || fields[4] > "02" || fields[5] > "02" ||
      fields[6] > "24") {
    return std::nullopt;
  }
  const auto emotion = static_cast<std::size_t>(fields[2][1] - '1');
  const bool odd = (fields[6][1] - '0') % 2 == 1;
  return NamedClip{.name = std::string(stem),
                   .emotion = std::string(kNames[emotion]),
                   .speaker_id = prefixed(Corpus::kRavdess, fields[6]),
                   .sentence_id = prefixed(Corpus::kRavdess, fields[4]),
                   .intensity = fields[3] == "01" ? "normal" : "strong",
                   .sex = odd ? "male" : "female"};
}

// OAF_back_angry: the older or the younger talker (women of 64 and 26 years), the word after "Say
// the word", emotion ("ps": pleasant surprise).
std::optional<NamedClip> tess(std::string_view stem) {
  constexpr Codes<7> kNames = {{{"angry", "Angry"},
                                {"disgust", "Disgust"},
                                {"fear", "Fear"},
                                {"happy", "Happy"},
                                {"neutral", "Neutral"},
                                {"ps", "Surprise"},
                                {"sad", "Sad"}}};
  const std::vector<std::string_view> fields = split(stem, '_');
  if (fields.size() != 3 || fields[1].empty() ||
      !std::all_of(fields[1].begin(), fields[1].end(), is_letter)) {
    return std::nullopt;
  }
  // Copies are about in which a name lacks the F.
  const bool older = fields[0] == "OAF" || fields[0] == "OA";
  const bool younger = fields[0] == "YAF" || fields[0] == "YA";
  const std::string_view emotion = meaning(kNames, fields[2]);
  if (older == younger || emotion.empty()) return std::nullopt;
  const std::string_view speaker = older ? "OAF" : "YAF";
  return NamedClip{.name = std::string(speaker) + std::string(stem.substr(fields[0].size())),
                   .emotion = std::string(emotion),
                   .speaker_id = prefixed(Corpus::kTess, speaker),
                   .sentence_id = prefixed(Corpus::kTess, fields[1]),
                   .sex = "female",
                   .age = older ? "64" : "26"};
}

// DC_a01: speaker (four men), emotion, number. The number counts the sentences of an emotion, so
// letter and number together say what was said.
std::optional<NamedClip> savee(std::string_view stem) {
  constexpr std::array<std::string_view, 4> kSpeakers = {"DC", "JE", "JK", "KL"};
  constexpr Codes<7> kNames = {{{"a", "Angry"},
                                {"d", "Disgust"},
                                {"f", "Fear"},
                                {"h", "Happy"},
                                {"n", "Neutral"},
                                {"sa", "Sad"},
                                {"su", "Surprise"}}};
  const std::vector<std::string_view> fields = split(stem, '_');
  if (fields.size() != 2 || fields[1].size() < 3 ||
      std::find(kSpeakers.begin(), kSpeakers.end(), fields[0]) == kSpeakers.end()) {
    return std::nullopt;
  }
  const std::string_view code = fields[1].substr(0, fields[1].size() - 2);
  const std::string_view number = fields[1].substr(code.size());
  const std::string_view emotion = meaning(kNames, code);
  const std::string_view last = code == "n" ? "30" : "15";
  if (emotion.empty() || !all_digits(number) || number < "01" || number > last) {
    return std::nullopt;
  }
  return NamedClip{.name = std::string(stem),
                   .emotion = std::string(emotion),
                   .speaker_id = prefixed(Corpus::kSavee, fields[0]),
                   .sentence_id = prefixed(Corpus::kSavee, fields[1]),
                   .sex = "male"};
}

struct EmodbSpeaker {
  std::string_view id;
  std::string_view sex;
  std::string_view age;
};

// As published with the corpus.
constexpr std::array<EmodbSpeaker, 10> kEmodbSpeakers = {{{"03", "male", "31"},
                                                          {"08", "female", "34"},
                                                          {"09", "female", "21"},
                                                          {"10", "male", "32"},
                                                          {"11", "male", "26"},
                                                          {"12", "male", "30"},
                                                          {"13", "female", "32"},
                                                          {"14", "female", "35"},
                                                          {"15", "male", "25"},
                                                          {"16", "female", "31"}}};

// 03a01Wa: speaker 03, text a01, anger (Wut), take a.
std::optional<NamedClip> emodb(std::string_view stem) {
  constexpr Codes<7> kLetters = {{{"W", "Angry"},
                                  {"L", "Boredom"},
                                  {"E", "Disgust"},
                                  {"A", "Fear"},
                                  {"F", "Happy"},
                                  {"T", "Sad"},
                                  {"N", "Neutral"}}};
  if (stem.size() != 7 || !is_digit(stem[0]) || !is_digit(stem[1]) ||
      (stem[2] != 'a' && stem[2] != 'b') || !is_digit(stem[3]) || !is_digit(stem[4]) ||
      stem[6] < 'a' || stem[6] > 'z') {
    return std::nullopt;
  }
  const std::string_view emotion = meaning(kLetters, stem.substr(5, 1));
  if (emotion.empty()) return std::nullopt;
  NamedClip clip{.name = std::string(stem),
                 .emotion = std::string(emotion),
                 .speaker_id = prefixed(Corpus::kEmodb, stem.substr(0, 2)),
                 .sentence_id = prefixed(Corpus::kEmodb, stem.substr(2, 3))};
  for (const EmodbSpeaker& speaker : kEmodbSpeakers) {
    if (speaker.id != stem.substr(0, 2)) continue;
    clip.sex = speaker.sex;
    clip.age = speaker.age;
  }
  return clip;
}

// SM0_anger_12: speaker, emotion, sentence.
std::optional<NamedClip> nemo(std::string_view stem) {
  constexpr Codes<6> kNames = {{{"anger", "Angry"},
                                {"fear", "Fear"},
                                {"happiness", "Happy"},
                                {"neutral", "Neutral"},
                                {"sadness", "Sad"},
                                {"surprised", "Surprise"}}};
  const std::vector<std::string_view> fields = split(stem, '_');
  if (fields.size() != 3 || fields[0].empty() || fields[2].empty() || fields[2].size() > 6 ||
      !std::all_of(fields[0].begin(), fields[0].end(),
                   [](char c) { return is_letter(c) || is_digit(c); }) ||
      !all_digits(fields[2])) {
    return std::nullopt;
  }
  const std::string_view emotion = meaning(kNames, fields[1]);
  if (emotion.empty()) return std::nullopt;
  return NamedClip{.name = std::string(stem),
                   .emotion = std::string(emotion),
                   .speaker_id = prefixed(Corpus::kNemo, fields[0]),
                   .sentence_id = prefixed(Corpus::kNemo, fields[2])};
}

}  // namespace

std::string_view to_string(Corpus corpus) {
  switch (corpus) {
    case Corpus::kCremad:
      return "cremad";
    case Corpus::kRavdess:
      return "ravdess";
    case Corpus::kTess:
      return "tess";
    case Corpus::kSavee:
      return "savee";
    case Corpus::kEmodb:
      return "emodb";
    case Corpus::kNemo:
      return "nemo";
  }
  return "";
}

std::optional<Corpus> parse_corpus(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const Corpus corpus : kCorpora) {
    if (to_string(corpus) == plain) return corpus;
  }
  return std::nullopt;
}

std::optional<NamedClip> parse_corpus_name(Corpus corpus, const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  switch (corpus) {
    case Corpus::kCremad:
      return cremad(stem);
    case Corpus::kRavdess:
      return ravdess(stem);
    case Corpus::kTess:
      return tess(stem);
    case Corpus::kSavee:
      if (auto clip = savee(stem)) return clip;
      return savee(file.parent_path().filename().string() + '_' + stem);
    case Corpus::kEmodb:
      return emodb(stem);
    case Corpus::kNemo:
      return nemo(stem);
  }
  return std::nullopt;
}

}  // namespace undertone::dataset
