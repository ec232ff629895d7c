#include "heads/head_config.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <undertone/error.hpp>

#include "tensor/configuration_file.hpp"
#include "tensor/printable.hpp"
#include "tensor/unicode.hpp"

namespace undertone::heads {
namespace {

using nlohmann::json;
using tensor::find_value;
using tensor::shown;

constexpr std::size_t kMaxLabels = 1000;
constexpr std::size_t kMaxLabelBytes = 200;

struct KnownHead {
  std::string_view architecture;
  HeadForm form;
};

// EmotionModel is what the model cards of dimensional checkpoints call their class.
constexpr std::array kHeads{
    KnownHead{"HubertForSequenceClassification", HeadForm::kProjector},
    KnownHead{"Wav2Vec2ForSequenceClassification", HeadForm::kProjector},
    KnownHead{"WavLMForSequenceClassification", HeadForm::kProjector},
    KnownHead{"HubertForSpeechClassification", HeadForm::kDense},
    KnownHead{"Wav2Vec2ForSpeechClassification", HeadForm::kDense},
    KnownHead{"EmotionModel", HeadForm::kDense},
};

[[noreturn]] void corrupt(const std::string& source, const std::string& what,
                          const std::string& hint = {}) {
  throw Error(ErrorCode::kModelCorrupt, source + ": " + what, hint);
}

[[noreturn]] void unsupported(const std::string& source, const std::string& what,
                              const std::string& hint) {
  throw Error(ErrorCode::kModelUnsupported, source + ": " + what, hint);
}

std::optional<std::string> text_of(const json& object, const char* key, const std::string& source) {
  const json* const value = find_value(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    corrupt(source, fmt::format("'{}' must be a text, found {}", key, shown(*value)));
  }
  return value->get<std::string>();
}

// The only entry of `architectures`; none if there is none.
std::optional<std::string> architecture_of(const json& object, const std::string& source) {
  const json* const list = find_value(object, "architectures");
  if (list == nullptr) return std::nullopt;
  if (!list->is_array() || !std::all_of(list->begin(), list->end(),
                                        [](const json& entry) { return entry.is_string(); })) {
    corrupt(source, "'architectures' must be a list of names, found " + shown(*list));
  }
  if (list->empty()) return std::nullopt;
  if (list->size() > 1) {
    unsupported(source, "'architectures' names more than one: " + shown(*list),
                "Leave the one whose weights the checkpoint holds.");
  }
  return list->front().get<std::string>();
}

// "HubertModel", "WhisperEncoder", "Wav2Vec2ForCTC" and their kind: encoders, with nothing behind
// them that judges.
bool has_no_head(std::string_view architecture) {
  constexpr std::array<std::string_view, 4> kFamilies{"Hubert", "Wav2Vec2", "WavLM", "Whisper"};
  constexpr std::array<std::string_view, 6> kEndings{
      "Model", "Encoder", "ForCTC", "ForPreTraining", "ForMaskedLM", "ForConditionalGeneration"};
  return std::any_of(kFamilies.begin(), kFamilies.end(), [&](std::string_view family) {
    return architecture.starts_with(family) &&
           std::find(kEndings.begin(), kEndings.end(), architecture.substr(family.size())) !=
               kEndings.end();
  });
}

std::string supported_heads() {
  std::string names;
  for (const KnownHead& head : kHeads) {
    names += (names.empty() ? "" : ", ") + std::string(head.architecture);
  }
  return names;
}

// Decimal without leading zeros, as JSON objects spell their indices.
std::optional<std::size_t> index_of(std::string_view key) {
  if (key.empty() || key.size() > 4 || (key.size() > 1 && key.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') return std::nullopt;
    index = 10 * index + static_cast<std::size_t>(c - '0');
  }
  return index;
}

void require_label(const std::string& label, const std::string& source) {
  const auto characters = tensor::utf32_from_utf8(label);
  const bool plain =
      characters && std::none_of(characters->begin(), characters->end(),
                                 [](char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); });
  if (label.empty() || label.size() > kMaxLabelBytes || !plain) {
    corrupt(source, fmt::format("'id2label' holds '{}'; a label has 1 to {} bytes and no control "
                                "characters",
                                tensor::printable(label), kMaxLabelBytes));
  }
}

// How many labels config.json states beside naming them.
std::optional<std::size_t> stated_count(const json& object, const std::string& source) {
  std::optional<std::size_t> count;
  for (const char* key : {"num_labels", "_num_labels"}) {
    const json* const value = find_value(object, key);
    if (value == nullptr) continue;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() < 1 ||
        value->get<std::uint64_t>() > kMaxLabels) {
      corrupt(source, fmt::format("'{}' must be a whole number from 1 to {}, found {}", key,
                                  kMaxLabels, shown(*value)));
    }
    const auto found = static_cast<std::size_t>(value->get<std::uint64_t>());
    if (count && *count != found) corrupt(source, "'num_labels' and '_num_labels' differ");
    count = found;
  }
  return count;
}

std::vector<std::string> parse_labels(const json& object, const std::string& source) {
  constexpr std::size_t kDefaultCount = 2;  // of the transformers library
  const std::optional<std::size_t> stated = stated_count(object, source);
  const json* const names = find_value(object, "id2label");
  std::vector<std::string> labels;
  if (names == nullptr) {
    for (std::size_t i = 0; i < stated.value_or(kDefaultCount); ++i) {
      labels.push_back(fmt::format("LABEL_{}", i));
    }
    return labels;
  }
  if (!names->is_object() || names->empty() || names->size() > kMaxLabels) {
    corrupt(source, fmt::format("'id2label' must name 1 to {} labels", kMaxLabels));
  }
  if (stated && *stated != names->size()) {
    corrupt(source,
            fmt::format("'num_labels' is {}, but 'id2label' names {}", *stated, names->size()));
  }
  labels.resize(names->size());
  for (const auto& [key, value] : names->items()) {
    const std::optional<std::size_t> index = index_of(key);
    if (!index || *index >= labels.size()) {
      corrupt(source, fmt::format("'id2label' has the key '{}'; with {} labels they are 0 to {}",
                                  tensor::printable(key), labels.size(), labels.size() - 1));
    }
    if (!value.is_string()) corrupt(source, "'id2label' holds " + shown(value) + ", not a text");
    labels[*index] = value.get<std::string>();
    require_label(labels[*index], source);
  }
  std::vector<std::string> sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    corrupt(source, "'id2label' names '" + tensor::printable(*twice) + "' twice");
  }
  return labels;
}

Problem parse_problem(const json& object, std::size_t labels, const std::string& source) {
  const std::optional<std::string> type = text_of(object, "problem_type", source);
  // As the transformers library decides where nothing is said.
  if (!type) return labels == 1 ? Problem::kRegression : Problem::kSingleLabel;
  for (const Problem problem :
       {Problem::kSingleLabel, Problem::kMultiLabel, Problem::kRegression}) {
    if (*type == to_string(problem)) return problem;
  }
  unsupported(source, "'problem_type' is '" + tensor::printable(*type) + "'",
              "Supported are single_label_classification, multi_label_classification and "
              "regression.");
}

bool parse_weighted_layers(const json& object, HeadForm form, const std::string& source) {
  const json* const value = find_value(object, "use_weighted_layer_sum");
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    corrupt(source, "'use_weighted_layer_sum' must be true or false, found " + shown(*value));
  }
  if (value->get<bool>() && form == HeadForm::kDense) {
    unsupported(source, "'use_weighted_layer_sum' is true, with a head that has no weights for it",
                "Weighted sums are supported of ...ForSequenceClassification.");
  }
  return value->get<bool>();
}

}  // namespace

std::string_view to_string(Problem problem) {
  switch (problem) {
    case Problem::kSingleLabel:
      return "single_label_classification";
    case Problem::kMultiLabel:
      return "multi_label_classification";
    case Problem::kRegression:
      return "regression";
  }
  return "?";
}

std::optional<HeadConfig> parse_head_config(std::string_view text, const std::string& source) {
  const json object = tensor::parse_configuration(text, source);
  const std::optional<std::string> architecture = architecture_of(object, source);
  if (!architecture || has_no_head(*architecture)) return std::nullopt;
  const auto* const known = std::find_if(
      kHeads.begin(), kHeads.end(),
      [&architecture](const KnownHead& head) { return head.architecture == *architecture; });
  if (known == kHeads.end()) {
    unsupported(source, "the architecture is '" + tensor::printable(*architecture) + "'",
                "Heads are supported of " + supported_heads() +
                    ". For the encoder in it, train a classifier with `undertone extract` and "
                    "`undertone train`.");
  }
  HeadConfig config;
  config.architecture = *architecture;
  config.form = known->form;
  config.weighted_layers = parse_weighted_layers(object, config.form, source);
  if (config.form == HeadForm::kDense) {
    const std::string pooling = text_of(object, "pooling_mode", source).value_or("mean");
    if (pooling != "mean") {
      unsupported(source, "'pooling_mode' is '" + tensor::printable(pooling) + "'",
                  "Only the mean over the frames is supported.");
    }
  }
  config.labels = parse_labels(object, source);
  config.problem = parse_problem(object, config.labels.size(), source);
  if (config.problem == Problem::kSingleLabel && config.labels.size() == 1) {
    unsupported(source, "a choice among one label ('" + config.labels.front() + "')",
                "A head that chooses has two labels or more.");
  }
  return config;
}

std::optional<HeadConfig> read_head_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  return parse_head_config(tensor::read_configuration(path), path.string());
}

}  // namespace undertone::heads
