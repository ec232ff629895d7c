#include "server/metrics.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <iterator>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

#include <undertone/version.hpp>

#include "server/process_usage.hpp"

namespace undertone::server {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

constexpr std::array<std::string_view, kRoutes> kRouteNames = {
    "/",          "/emotion",      "/assets/{path}", "/emotion_predict",
    "/v1/stream", "/v1/model",     "/health/live",   "/health/ready",
    "/metrics",   "/openapi.json", "other"};

constexpr std::array<std::string_view, kRejections> kRejectionNames = {
    "queue_full",        "client_limit", "connection_limit", "stream_limit", "body_too_large",
    "headers_too_large", "timeout",      "forbidden_origin", "not_ready"};

// The last of each stands for all others.
constexpr std::array<std::string_view, 8> kMethods = {"GET",    "HEAD",  "POST",    "PUT",
                                                      "DELETE", "PATCH", "OPTIONS", "other"};
constexpr std::array kStatuses = {101, 200, 204, 206, 304, 400, 403, 404, 405, 408, 411, 412,
                                  413, 415, 416, 422, 426, 429, 431, 500, 501, 503, 505, 0};

// From a cached page to a recording of ten minutes.
const Buckets kDurations = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                            0.5,   1,      2.5,   5,    10,    25,   50,  100};

template <std::size_t size>
std::size_t index_of(const std::array<std::string_view, size>& names, std::string_view name) {
  const auto found = std::find(names.begin(), std::prev(names.end()), name);
  return static_cast<std::size_t>(found - names.begin());
}

std::size_t index_of(int status) {
  const auto found = std::find(kStatuses.begin(), std::prev(kStatuses.end()), status);
  return static_cast<std::size_t>(found - kStatuses.begin());
}

std::string name_of_status(std::size_t index) {
  return kStatuses[index] == 0 ? "other" : std::to_string(kStatuses[index]);
}

prometheus::MetricFamily process_metric(std::string name, std::string help,
                                        prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {std::move(name), std::move(help), type, {std::move(metric)}};
}

}  // namespace

std::string_view to_string(Route route) { return kRouteNames.at(static_cast<std::size_t>(route)); }

std::string_view to_string(Rejection reason) {
  return kRejectionNames.at(static_cast<std::size_t>(reason));
}

class ServiceMetrics::Impl {
 public:
  Impl() {
    prometheus::BuildGauge()
        .Name("undertone_build_info")
        .Help("What was built; always 1.")
        .Register(registry_)
        .Add({{"version", std::string(version())}})
        .Set(1);
    for (std::size_t route = 0; route < kRoutes; ++route) {
      durations_[route] =
          &duration_family_.Add({{"route", std::string(kRouteNames[route])}}, kDurations);
    }
    for (std::size_t reason = 0; reason < kRejections; ++reason) {
      rejections_[reason] =
          &rejection_family_.Add({{"reason", std::string(kRejectionNames[reason])}});
    }
  }

  void set_model(const std::string& encoder, const std::string& fingerprint) {
    const std::lock_guard lock(model_mutex_);
    auto& said = model_family_.Add(
        {{"version", std::string(version())}, {"encoder", encoder}, {"fingerprint", fingerprint}});
    if (model_ != nullptr && model_ != &said) model_family_.Remove(model_);
    model_ = &said;
    said.Set(1);
  }

  void count_request(Route route, std::string_view method, int status, double duration_s) {
    request_counter(static_cast<std::size_t>(route), index_of(kMethods, method), index_of(status))
        .Increment();
    durations_.at(static_cast<std::size_t>(route))->Observe(duration_s);
  }

  void count_rejection(Rejection reason) {
    rejections_.at(static_cast<std::size_t>(reason))->Increment();
  }

  std::string text() const {
    auto families = registry_.Collect();
    // Families of which nothing was counted yet say nothing.
    std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
    if (const auto usage = process_usage()) {
      using prometheus::MetricType;
      families.push_back(process_metric("process_start_time_seconds",
                                        "Start time of the process since unix epoch in seconds.",
                                        MetricType::Gauge, usage->start_time_s));
      families.push_back(process_metric("process_resident_memory_bytes",
                                        "Resident memory size in bytes.", MetricType::Gauge,
                                        usage->resident_bytes));
      families.push_back(process_metric("process_cpu_seconds_total",
                                        "Total user and system CPU time spent in seconds.",
                                        MetricType::Counter, usage->cpu_s));
    }
    return prometheus::TextSerializer().Serialize(families);
  }

 private:
  // One series for each combination that has occurred; made at its first occurrence, then found
  // without a lock.
  prometheus::Counter& request_counter(std::size_t route, std::size_t method, std::size_t status) {
    auto& slot = requests_.at((route * kMethods.size() + method) * kStatuses.size() + status);
    prometheus::Counter* counter = slot.load(std::memory_order_acquire);
    if (counter == nullptr) {
      // The family gives every caller the same counter for the same labels.
      counter = &request_family_.Add({{"route", std::string(kRouteNames[route])},
                                      {"method", std::string(kMethods[method])},
                                      {"status", name_of_status(status)}});
      slot.store(counter, std::memory_order_release);
    }
    return *counter;
  }

  prometheus::Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
  }
  prometheus::Counter& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add({});
  }
  prometheus::Histogram& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add({},
                                                                                      kDurations);
  }

  prometheus::Registry registry_;
  std::mutex model_mutex_;
  prometheus::Gauge* model_ = nullptr;
  std::array<std::atomic<prometheus::Counter*>, kRoutes * kMethods.size() * kStatuses.size()>
      requests_{};
  std::array<prometheus::Histogram*, kRoutes> durations_{};
  std::array<prometheus::Counter*, kRejections> rejections_{};

  prometheus::Family<prometheus::Gauge>& model_family_ =
      prometheus::BuildGauge()
          .Name("undertone_model_info")
          .Help("The model that answers; always 1.")
          .Register(registry_);
  prometheus::Family<prometheus::Counter>& request_family_ =
      prometheus::BuildCounter()
          .Name("undertone_http_requests_total")
          .Help("Requests that were answered.")
          .Register(registry_);
  prometheus::Family<prometheus::Histogram>& duration_family_ =
      prometheus::BuildHistogram()
          .Name("undertone_http_request_duration_seconds")
          .Help("Time from a request's first byte to the end of its answer.")
          .Register(registry_);
  prometheus::Family<prometheus::Counter>& rejection_family_ =
      prometheus::BuildCounter()
          .Name("undertone_rejections_total")
          .Help("Requests, connections and streams that were turned away.")
          .Register(registry_);

 public:
  prometheus::Gauge& ready = gauge("undertone_ready", "1 while the server takes work.");
  prometheus::Gauge& connections =
      gauge("undertone_connections_open", "Connections that are open, streams included.");
  prometheus::Gauge& queue_depth =
      gauge("undertone_queue_depth", "Recordings that wait for a worker.");
  prometheus::Histogram& queue_wait =
      histogram("undertone_queue_wait_seconds", "Time that recordings waited for a worker.");
  prometheus::Histogram& decode =
      histogram("undertone_decode_seconds", "Time to decode one recording.");
  prometheus::Histogram& inference = histogram(
      "undertone_inference_seconds", "Time to encode and classify one recording or window.");
  prometheus::Counter& audio =
      counter("undertone_audio_seconds_total", "Sound that was heard, in seconds of it.");
  prometheus::Gauge& streams = gauge("undertone_streams_open", "Live streams that are open.");
  prometheus::Counter& stream_measurements = counter(
      "undertone_stream_measurements_total", "Steps of live streams in which speech was measured.");
  prometheus::Counter& stream_silent =
      counter("undertone_stream_silent_total", "Steps of live streams that were silent.");
  prometheus::Counter& stream_skipped = counter(
      "undertone_stream_skipped_total", "Steps of live streams that were skipped to keep up.");
};

ServiceMetrics::ServiceMetrics() : impl_(std::make_unique<Impl>()) {}
ServiceMetrics::~ServiceMetrics() = default;

void ServiceMetrics::set_model(const std::string& encoder, const std::string& fingerprint) {
  impl_->set_model(encoder, fingerprint);
}

void ServiceMetrics::set_ready(bool ready) { impl_->ready.Set(ready ? 1 : 0); }

void ServiceMetrics::count_request(Route route, std::string_view method, int status,
                                   double duration_s) {
  impl_->count_request(route, method, status, duration_s);
}

void ServiceMetrics::count_rejection(Rejection reason) { impl_->count_rejection(reason); }

void ServiceMetrics::connection_opened() { impl_->connections.Increment(); }
void ServiceMetrics::connection_closed() { impl_->connections.Decrement(); }

void ServiceMetrics::set_queue_depth(std::size_t waiting) {
  impl_->queue_depth.Set(static_cast<double>(waiting));
}

void ServiceMetrics::observe_queue_wait(double seconds) { impl_->queue_wait.Observe(seconds); }
void ServiceMetrics::observe_decode(double seconds) { impl_->decode.Observe(seconds); }
void ServiceMetrics::observe_inference(double seconds) { impl_->inference.Observe(seconds); }
void ServiceMetrics::count_audio(double seconds) { impl_->audio.Increment(seconds); }

void ServiceMetrics::stream_opened() { impl_->streams.Increment(); }
void ServiceMetrics::stream_closed() { impl_->streams.Decrement(); }
void ServiceMetrics::count_stream_measurement() { impl_->stream_measurements.Increment(); }
void ServiceMetrics::count_stream_silent() { impl_->stream_silent.Increment(); }
void ServiceMetrics::count_stream_skipped(std::size_t steps) {
  impl_->stream_skipped.Increment(static_cast<double>(steps));
}

std::string ServiceMetrics::text() const { return impl_->text(); }

}  // namespace undertone::server
