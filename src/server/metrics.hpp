// What the server counts and measures, for Prometheus.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace undertone::server {

// A pattern of routes, so that no client can make new series by asking for new paths.
enum class Route {
  kPage,
  kEmotionPage,
  kAssets,
  kPredict,
  kStream,
  kModel,
  kLive,
  kReady,
  kMetrics,
  kOpenApi,
  kOther,  // what is no route
};
inline constexpr std::size_t kRoutes = 11;

// As in docs/api.md: "/emotion_predict", "/assets/…" as "/assets/{path}"; "other".
std::string_view to_string(Route route);

// Why work was turned away.
enum class Rejection {
  kQueueFull,        // queue_full
  kClientLimit,      // client_limit: too many requests of one client under way
  kConnectionLimit,  // connection_limit
  kStreamLimit,      // stream_limit
  kBodyTooLarge,     // body_too_large
  kHeadersTooLarge,  // headers_too_large
  kTimeout,          // timeout: the request did not come, or was not answered, in time
  kForbiddenOrigin,  // forbidden_origin
  kNotReady,         // not_ready: loading or shutting down
};
inline constexpr std::size_t kRejections = 9;

std::string_view to_string(Rejection reason);

// Names begin with undertone_ (those of the process aside, whose names are a convention), units are
// seconds and bytes. Labels are of the enumerations above, methods and statuses of HTTP ("other"
// for what it does not know), and the model's names: a client's text is never one. All members may
// be called by several threads at once; those that count take no lock but a histogram's own.
class ServiceMetrics {
 public:
  ServiceMetrics();
  ~ServiceMetrics();
  ServiceMetrics(const ServiceMetrics&) = delete;
  ServiceMetrics& operator=(const ServiceMetrics&) = delete;

  // What answers here. Each call with other names replaces what was said before.
  void set_model(const std::string& encoder, const std::string& fingerprint);
  void set_ready(bool ready);

  // A request that was answered, `duration_s` after its first byte.
  void count_request(Route route, std::string_view method, int status, double duration_s);
  void count_rejection(Rejection reason);

  void connection_opened();
  void connection_closed();

  void set_queue_depth(std::size_t waiting);
  void observe_queue_wait(double seconds);
  void observe_decode(double seconds);
  void observe_inference(double seconds);
  void count_audio(double seconds);

  void stream_opened();
  void stream_closed();
  // A step of a stream: measured, silent, or skipped because the server fell behind.
  void count_stream_measurement();
  void count_stream_silent();
  void count_stream_skipped(std::size_t steps);

  // Text format 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`).
  std::string text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace undertone::server
