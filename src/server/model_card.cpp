#include "server/model_card.hpp"

#include <nlohmann/json.hpp>

#include <undertone/version.hpp>

#include "server/query.hpp"
#include "server/stream_session.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

Json encoder_of(const ModelInfo& model, const ModelProvenance& from) {
  Json encoder{
      {"name", model.encoder}, {"fingerprint", model.encoder_fingerprint}, {"layer", model.layer}};
  if (model.first_layer) encoder["first_layer"] = *model.first_layer;
  encoder["pooling"] = model.pooling;
  encoder["precision"] = model.precision;
  encoder["dimension"] = from.dimension;
  return encoder;
}

Json classifier_of(const ModelInfo& model, const ModelProvenance& from) {
  Json classifier =
      model.head.empty() ? Json{{"bundle", model.bundle}} : Json{{"head", model.head}};
  classifier["corpora"] = from.corpora;
  classifier["split"] = from.split;
  classifier["scores"] = Json(from.scores);
  classifier["created_by"] = from.created_by;
  return classifier;
}

}  // namespace

std::string model_card(const Hearing& hearing, const ServerLimits& limits) {
  const ModelInfo& model = hearing.model();
  const ModelProvenance& from = hearing.provenance();
  const Json card{{"name", model.encoder},
                  {"version", version()},
                  {"encoder", encoder_of(model, from)},
                  {"classifier", classifier_of(model, from)},
                  {"labels", hearing.labels()},
                  {"licence", model.licence},
                  {"limits",
                   {{"body_bytes", limits.body_bytes},
                    {"duration_s", limits.duration_s},
                    {"window_s", kLongestWindow},
                    {"request_s", seconds(limits.request_time)},
                    {"stream",
                     {{"message_bytes", StreamLimits{}.message_bytes},
                      {"idle_s", seconds(limits.stream_idle)},
                      {"session_s", seconds(limits.stream_session)}}}}}};
  return card.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace undertone::server
