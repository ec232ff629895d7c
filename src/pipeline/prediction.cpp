#include <cmath>
#include <nlohmann/json.hpp>

#include <undertone/prediction.hpp>

namespace undertone {
namespace {

using Json = nlohmann::ordered_json;

double finite(double value, const char* what) {
  if (!std::isfinite(value)) {
    throw Error(ErrorCode::kInternal, std::string("a prediction's ") + what + " is not finite");
  }
  return value;
}

Json begin_object(const JsonOptions& options) {
  Json object = Json::object();
  if (!options.file.empty()) object["file"] = options.file;
  return object;
}

std::string dump(const Json& object, const JsonOptions& options) {
  return object.dump(options.pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace);
}

Json probabilities_of(const std::vector<std::pair<std::string, double>>& probabilities) {
  Json object = Json::object();
  for (const auto& [label, probability] : probabilities) {
    object[label] = finite(probability, "probability");
  }
  return object;
}

Json window_of(const WindowPrediction& window) {
  Json object{{"start_s", finite(window.start_s, "window")},
              {"end_s", finite(window.end_s, "window")},
              {"silent", window.silent},
              {"label", nullptr},
              {"confidence", nullptr},
              {"probabilities", nullptr}};
  if (!window.silent) {
    object["label"] = window.label;
    object["confidence"] = finite(window.confidence, "confidence");
    object["probabilities"] = probabilities_of(window.probabilities);
  }
  return object;
}

}  // namespace

std::string to_json(const Prediction& prediction, const JsonOptions& options) {
  Json object = begin_object(options);
  object["label"] = prediction.label;
  object["probabilities"] = probabilities_of(prediction.probabilities);
  object["confidence"] = finite(prediction.confidence, "confidence");
  object["duration_s"] = finite(prediction.duration_s, "duration");
  Json& warnings = object["warnings"] = Json::array();
  for (const Warning& warning : prediction.warnings) {
    warnings.push_back(Json{{"code", warning.code}, {"message", warning.message}});
  }
  if (!prediction.windows.empty()) {
    Json& windows = object["windows"] = Json::array();
    for (const WindowPrediction& window : prediction.windows) windows.push_back(window_of(window));
  }
  const ModelInfo& model = prediction.model;
  object["model"] =
      Json{{"encoder", model.encoder},     {"encoder_fingerprint", model.encoder_fingerprint},
           {"layer", model.layer},         {"pooling", model.pooling},
           {"precision", model.precision}, {"bundle", model.bundle}};
  if (!model.licence.empty()) object["model"]["licence"] = model.licence;
  if (options.timing) {
    object["timing_ms"] = Json{{"decode", finite(prediction.timing.decode_ms, "timing")},
                               {"encode", finite(prediction.timing.encode_ms, "timing")},
                               {"classify", finite(prediction.timing.classify_ms, "timing")}};
  }
  return dump(object, options);
}

std::string to_json(const Error& error, const JsonOptions& options) {
  Json object = begin_object(options);
  object["error"] = Json{{"code", to_string(error.code())}, {"message", error.what()}};
  if (!error.hint().empty()) object["error"]["hint"] = error.hint();
  return dump(object, options);
}

}  // namespace undertone
