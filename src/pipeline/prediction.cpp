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

Json named_numbers(const std::vector<std::pair<std::string, double>>& numbers, const char* what) {
  Json object = Json::object();
  for (const auto& [name, value] : numbers) object[name] = finite(value, what);
  return object;
}

Json model_object(const ModelInfo& model) {
  Json object = {{"encoder", model.encoder},
                 {"encoder_fingerprint", model.encoder_fingerprint},
                 {"layer", model.layer}};
  if (model.first_layer) object["first_layer"] = *model.first_layer;
  object["pooling"] = model.pooling;
  object["precision"] = model.precision;
  if (model.head.empty()) {
    object["bundle"] = model.bundle;
  } else {
    object["head"] = model.head;
  }
  if (!model.licence.empty()) object["licence"] = model.licence;
  return object;
}

std::string dump(const Json& object, const JsonOptions& options) {
  return object.dump(options.pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace);
}

// The keys are the same whether or not the window is silent.
Json window_of(const WindowPrediction& window, bool regression) {
  Json object{{"start_s", finite(window.start_s, "window")},
              {"end_s", finite(window.end_s, "window")},
              {"silent", window.silent}};
  if (regression) {
    object["dimensions"] = window.silent ? Json() : named_numbers(window.dimensions, "dimension");
    return object;
  }
  object["label"] = nullptr;
  object["confidence"] = nullptr;
  object["probabilities"] = nullptr;
  if (!window.silent) {
    object["label"] = window.label;
    object["confidence"] = finite(window.confidence, "confidence");
    object["probabilities"] = named_numbers(window.probabilities, "probability");
  }
  return object;
}

}  // namespace

std::string to_json(const Prediction& prediction, const JsonOptions& options) {
  Json object = begin_object(options);
  if (!prediction.probabilities.empty()) {
    object["label"] = prediction.label;
    object["probabilities"] = named_numbers(prediction.probabilities, "probability");
    object["confidence"] = finite(prediction.confidence, "confidence");
    if (prediction.multi_label) object["multi_label"] = true;
  }
  if (!prediction.dimensions.empty()) {
    object["dimensions"] = named_numbers(prediction.dimensions, "dimension");
  }
  if (prediction.dimensions_estimate) {
    const Dimensions& estimate = *prediction.dimensions_estimate;
    object["dimensions_estimate"] = Json{{"arousal", finite(estimate.arousal, "estimate")},
                                         {"dominance", finite(estimate.dominance, "estimate")},
                                         {"valence", finite(estimate.valence, "estimate")}};
  }
  object["duration_s"] = finite(prediction.duration_s, "duration");
  Json& warnings = object["warnings"] = Json::array();
  for (const Warning& warning : prediction.warnings) {
    warnings.push_back(Json{{"code", warning.code}, {"message", warning.message}});
  }
  if (!prediction.windows.empty()) {
    Json& windows = object["windows"] = Json::array();
    for (const WindowPrediction& window : prediction.windows) {
      windows.push_back(window_of(window, !prediction.dimensions.empty()));
    }
  }
  object["model"] = model_object(prediction.model);
  if (options.timing) {
    object["timing_ms"] = Json{{"decode", finite(prediction.timing.decode_ms, "timing")},
                               {"encode", finite(prediction.timing.encode_ms, "timing")},
                               {"classify", finite(prediction.timing.classify_ms, "timing")}};
  }
  if (!prediction.profile.empty()) {
    Json& parts = object["profile"] = Json::array();
    for (const ProfileEntry& entry : prediction.profile) {
      Json& part = parts.emplace_back(Json{{"part", entry.part},
                                           {"ms", finite(entry.seconds * 1e3, "profile")},
                                           {"calls", entry.calls}});
      if (entry.gflop > 0) part["gflop"] = finite(entry.gflop, "profile");
    }
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
