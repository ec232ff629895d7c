#include "server/model_card.hpp"

#include <nlohmann/json.hpp>

#include <undertone/version.hpp>

#include "server/query.hpp"
#include "server/stream_session.hpp"

namespace undertone::server {
namespace {

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

std::string model_card(const Hearing& hearing, const ServerLimits& limits) {
  using Json = nlohmann::ordered_json;
  const ModelInfo& model = hearing.model();
  const ModelProvenance& from = hearing.provenance();
  const Json card{{"name", model.encoder},
                  {"version", version()},
                  {"encoder",
                   {{"name", model.encoder},
                    {"fingerprint", model.encoder_fingerprint},
                    {"layer", model.layer},
                    {"pooling", model.pooling},
                    {"precision", model.precision},
                    {"dimension", from.dimension}}},
                  {"classifier",
                   {{"bundle", model.bundle},
                    {"corpora", from.corpora},
                    {"split", from.split},
                    {"scores", Json(from.scores)},
                    {"created_by", from.created_by}}},
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
