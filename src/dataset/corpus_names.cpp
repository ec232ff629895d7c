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

// 03-01-EM-IN-ST-RE-AC, two digits each: modality (03 audio only), channel (01 speech), emotion,
// intensity, statement, repetition, actor.
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
  return NamedClip{std::string(kNames[emotion]), prefixed(Corpus::kRavdess, fields[6]),
                   prefixed(Corpus::kRavdess, fields[4])};
}

// 03a01Wa: speaker 03, text a01, anger (Wut), take a.
std::optional<NamedClip> emodb(std::string_view stem) {
  constexpr std::array<std::pair<char, std::string_view>, 7> kLetters = {{{'W', "Angry"},
                                                                          {'L', "Boredom"},
                                                                          {'E', "Disgust"},
                                                                          {'A', "Fear"},
                                                                          {'F', "Happy"},
                                                                          {'T', "Sad"},
                                                                          {'N', "Neutral"}}};
  if (stem.size() != 7 || !is_digit(stem[0]) || !is_digit(stem[1]) ||
      (stem[2] != 'a' && stem[2] != 'b') || !is_digit(stem[3]) || !is_digit(stem[4]) ||
      stem[6] < 'a' || stem[6] > 'z') {
    return std::nullopt;
  }
  for (const auto& [letter, emotion] : kLetters) {
    if (letter != stem[5]) continue;
    return NamedClip{std::string(emotion), prefixed(Corpus::kEmodb, stem.substr(0, 2)),
                     prefixed(Corpus::kEmodb, stem.substr(2, 3))};
  }
  return std::nullopt;
}

// SM0_anger_12: speaker, emotion, sentence.
std::optional<NamedClip> nemo(std::string_view stem) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {
      {{"anger", "Angry"},
       {"fear", "Fear"},
       {"happiness", "Happy"},
       {"neutral", "Neutral"},
       {"sadness", "Sad"},
       {"surprised", "Surprise"}}};
  const std::vector<std::string_view> fields = split(stem, '_');
  if (fields.size() != 3 || fields[0].empty() || fields[2].empty() || fields[2].size() > 6 ||
      !std::all_of(fields[0].begin(), fields[0].end(),
                   [](char c) { return is_letter(c) || is_digit(c); }) ||
      !std::all_of(fields[2].begin(), fields[2].end(), is_digit)) {
    return std::nullopt;
  }
  for (const auto& [name, emotion] : kNames) {
    if (name != fields[1]) continue;
    return NamedClip{std::string(emotion), prefixed(Corpus::kNemo, fields[0]),
                     prefixed(Corpus::kNemo, fields[2])};
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Corpus corpus) {
  switch (corpus) {
    case Corpus::kRavdess:
      return "ravdess";
    case Corpus::kEmodb:
      return "emodb";
    case Corpus::kNemo:
      return "nemo";
  }
  return "";
}

std::optional<Corpus> parse_corpus(std::string_view name) {
  for (const Corpus corpus : {Corpus::kRavdess, Corpus::kEmodb, Corpus::kNemo}) {
    if (to_string(corpus) == name) return corpus;
  }
  return std::nullopt;
}

std::optional<NamedClip> parse_corpus_name(Corpus corpus, std::string_view stem) {
  switch (corpus) {
    case Corpus::kRavdess:
      return ravdess(stem);
    case Corpus::kEmodb:
      return emodb(stem);
    case Corpus::kNemo:
      return nemo(stem);
  }
  return std::nullopt;
}

}  // namespace undertone::dataset
