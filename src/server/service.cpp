#include "server/service.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include "server/model_card.hpp"
#include "server/openapi.hpp"
#include "server/request_target.hpp"
#include "server/upload.hpp"

namespace undertone::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kRead = "GET, HEAD, OPTIONS";
constexpr const char* kRetrySoon = "2";
constexpr const char* kRetryElsewhere = "5";

// Scripts, styles and requests from this server alone; pictures and sound also from what the page
// itself makes.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self' blob:; font-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'";

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

Response json_response(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

Response error_response(const ApiError& error) {
  Response response = json_response(error.json());
  response.status = error.status();
  response.headers = error.headers();
  response.facts.error_code = error.code();
  return response;
}

std::optional<std::string_view> header_if_there(const RequestHead& head, std::string_view name) {
  const std::string_view value = head.header(name);
  return value.empty() ? std::nullopt : std::optional(value);
}

// Whether a list of entity tags, as browsers send it, names this one.
bool names_etag(std::string_view list, std::string_view etag) {
  return list == "*" || list.find(etag) != std::string_view::npos;
}

ApiError unavailable(const char* code, const std::string& message, const char* retry_after) {
  return ApiError(503, code, message, "Try again later.").with_header("Retry-After", retry_after);
}

}  // namespace

struct Service::RouteRule {
  std::string_view path;  // one that ends in a slash stands for all below it
  Route route;
  const char* methods;
};

Service::Service(const ServerOptions& options, std::span<const PageAsset> assets)
    : options_(options),
      assets_(assets),
      origins_(options.cors_origins),
      access_log_(options.access_log),
      clients_(options.limits.client_requests),
      uploads_(options.limits.upload_bytes),
      streams_(options.limits.streams),
      owed_(std::numeric_limits<std::size_t>::max()) {
  metrics_.set_ready(false);
}

Service::~Service() = default;

void Service::set_hearing(std::shared_ptr<const Hearing> hearing) {
  const unsigned workers = options_.workers > 0 ? options_.workers : hearing->threads();
  const std::lock_guard lock(mutex_);
  pool_ = std::make_unique<InferencePool>(workers, options_.limits.queue);
  model_card_ = model_card(*hearing, options_.limits);
  metrics_.set_model(hearing->model().encoder, hearing->model().encoder_fingerprint);
  metrics_.set_ready(!draining_);
  hearing_ = std::move(hearing);
}

void Service::begin_draining() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  metrics_.set_ready(false);
}

bool Service::draining() const {
  const std::lock_guard lock(mutex_);
  return draining_;
}

void Service::stop_inference() {
  InferencePool* pool = nullptr;
  {
    const std::lock_guard lock(mutex_);
    pool = pool_.get();
  }
  if (pool != nullptr) pool->stop();
}

std::shared_ptr<const Hearing> Service::hearing() const {
  const std::lock_guard lock(mutex_);
  return hearing_;
}

void Service::require_ready() const {
  const std::lock_guard lock(mutex_);
  if (draining_) {
    throw unavailable("shutting_down", "this server is being stopped", kRetryElsewhere);
  }
  if (!hearing_) throw unavailable("loading", "the model is being loaded", kRetrySoon);
}

const Service::RouteRule* Service::find_route(std::string_view path) {
  static constexpr RouteRule kRules[] = {
      {"/", Route::kPage, kRead},
      {"/emotion", Route::kEmotionPage, kRead},
      {"/emotion_predict", Route::kPredict, "POST, OPTIONS"},
      {"/v1/stream", Route::kStream, "GET, OPTIONS"},
      {"/v1/model", Route::kModel, kRead},
      {"/health/live", Route::kLive, kRead},
      {"/health/ready", Route::kReady, kRead},
      {"/metrics", Route::kMetrics, kRead},
      {"/openapi.json", Route::kOpenApi, kRead},
  };
  static constexpr RouteRule kAssetRule = {"/assets/", Route::kAssets, kRead};
  if (path.starts_with(kAssetRule.path)) return &kAssetRule;
  const auto* const found =
      std::find_if(std::begin(kRules), std::end(kRules),
                   [path](const RouteRule& rule) { return rule.path == path; });
  return found == std::end(kRules) ? nullptr : found;
}

std::variant<Response, Service::Admitted> Service::admit(const RequestHead& head) {
  try {
    const RequestTarget target = parse_request_target(head.target);
    const RouteRule* const rule = find_route(target.path);
    if (rule == nullptr) {
      throw ApiError(404, "not_found", "there is nothing at this address",
                     "GET /openapi.json lists what there is.");
    }
    if (std::optional<Response> response = answer_at_once(head, target, *rule)) {
      complete(head, *response);
      return std::move(*response);
    }
    return admit_or_throw(head, target, *rule);
  } catch (...) {
    Response response = failure(head.id, std::current_exception());
    complete(head, response);
    return response;
  }
}

std::optional<Response> Service::answer_at_once(const RequestHead& head,
                                                const RequestTarget& target,
                                                const RouteRule& rule) {
  if (head.method == "OPTIONS") {
    Response response;
    response.status = 204;
    response.content_type.clear();
    response.headers = {{"Allow", rule.methods}};
    if (!head.header("Access-Control-Request-Method").empty()) {
      for (auto& header :
           origins_.preflight_headers(header_if_there(head, "Origin"), rule.methods)) {
        response.headers.push_back(std::move(header));
      }
    }
    return response;
  }
  const bool reads = head.method == "GET" || head.method == "HEAD";
  const bool wanted = rule.route == Route::kPredict  ? head.method == "POST"
                      : rule.route == Route::kStream ? head.method == "GET"
                                                     : reads;
  if (!wanted) {
    throw ApiError(405, "method_not_allowed", fmt::format("{} is not for this method", rule.path),
                   fmt::format("It takes {}.", rule.methods))
        .with_header("Allow", rule.methods);
  }
  switch (rule.route) {
    case Route::kPage:
    case Route::kEmotionPage:
      return page_file("/index.html", head);
    case Route::kAssets:
      return page_file(target.path, head);
    case Route::kLive:
      return json_response(R"({"status":"ok"})");
    case Route::kReady:
      return readiness();
    case Route::kMetrics: {
      Response response = json_response(metrics_.text());
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      return response;
    }
    case Route::kOpenApi:
      return json_response(std::string(openapi_document()));
    case Route::kModel: {
      const std::lock_guard lock(mutex_);
      if (!hearing_) throw unavailable("loading", "the model is being loaded", kRetrySoon);
      return json_response(model_card_);
    }
    default:
      return std::nullopt;
  }
}

Service::Admitted Service::admit_or_throw(const RequestHead& head, const RequestTarget& target,
                                          const RouteRule& rule) {
  const ServerLimits& limits = options_.limits;
  Admitted admitted;
  admitted.route = rule.route;
  if (rule.route == Route::kPredict) {
    admitted.query = parse_prediction_query(target);
    if (!head.has_body && !head.content_length) {
      throw ApiError(411, "length_required", "a recording must come with the request",
                     "Send it with Content-Length or in chunks.");
    }
    if (head.content_length && *head.content_length > limits.body_bytes) {
      throw ApiError(413, "body_too_large",
                     fmt::format("the body has {} bytes; at most {} are taken",
                                 *head.content_length, limits.body_bytes),
                     "Send a shorter recording, or a compressed one (FLAC, Opus).");
    }
    require_upload_type(head.header("Content-Type"));
  } else if (!origins_.allows_websocket(header_if_there(head, "Origin"), head.header("Host"))) {
    metrics_.count_rejection(Rejection::kForbiddenOrigin);
    throw ApiError(403, "forbidden_origin", "a page of another origin may not listen here",
                   "Start the server with --cors-origin to allow it.");
  }
  require_ready();
  admitted.place = clients_.enter(head.client);
  if (!admitted.place) {
    metrics_.count_rejection(Rejection::kClientLimit);
    throw ApiError(
        429, "too_many_requests",
        fmt::format("{} requests of this client are under way already", limits.client_requests),
        "Wait for their answers.")
        .with_header("Retry-After", kRetrySoon);
  }
  if (rule.route == Route::kPredict) {
    admitted.upload = uploads_.take(
        head.content_length ? static_cast<std::size_t>(*head.content_length) : limits.body_bytes);
    if (!admitted.upload) {
      metrics_.count_rejection(Rejection::kQueueFull);
      throw unavailable("overloaded", "too many recordings are being received", kRetrySoon);
    }
  }
  admitted.hearing = hearing();
  return admitted;
}

InferencePool::Ticket Service::handle(Admitted admitted, const RequestHead& head, std::string body,
                                      Done done) {
  InferencePool::Ticket ticket;
  struct Work {
    Admitted admitted;
    RequestHead head;
    std::string body;
    Done done;
  };
  // Whoever gets to it first takes the work: its job, or the refusal below.
  const auto work =
      std::make_shared<Work>(Work{std::move(admitted), head, std::move(body), std::move(done)});
  const bool queued = pool_->submit(
      [this, work](const JobStart& start) {
        Response response;
        try {
          const Upload upload =
              find_upload(work->head.header("Content-Type"), std::as_bytes(std::span(work->body)));
          require_recording(upload);
          PredictOptions options;
          options.threads = start.alone ? ClipThreads::kAll : ClipThreads::kOne;
          options.window_s = work->admitted.query.window_s;
          options.max_duration_s = options_.limits.duration_s;
          options.stop = start.stop;
          const Prediction prediction =
              work->admitted.hearing->predict_memory(upload.bytes, upload.name, options);
          response = json_response(to_json(prediction, {.timing = work->admitted.query.timing}));
          response.facts.audio_s = prediction.duration_s;
          metrics_.observe_decode(prediction.timing.decode_ms / 1000.0);
          metrics_.observe_inference((prediction.timing.encode_ms + prediction.timing.classify_ms) /
                                     1000.0);
          metrics_.count_audio(prediction.duration_s);
        } catch (...) {
          response = failure(work->head.id, std::current_exception());
        }
        response.facts.queue_ms = milliseconds(start.waited);
        metrics_.observe_queue_wait(response.facts.queue_ms / 1000.0);
        metrics_.set_queue_depth(pool_->waiting());
        complete(work->head, response);
        // Its room and its place are free before the client can know and ask again.
        work->body = {};
        work->admitted = {};
        work->done(std::move(response));
      },
      &ticket);
  metrics_.set_queue_depth(pool_->waiting());
  if (!queued) {
    metrics_.count_rejection(Rejection::kQueueFull);
    Response response = error_response(
        unavailable("overloaded", "too many recordings are waiting already", kRetrySoon));
    complete(work->head, response);
    work->admitted = {};
    work->done(std::move(response));
  }
  return ticket;
}

bool Service::measure(std::shared_ptr<const Hearing> hearing, std::vector<float> samples,
                      Measured done, InferencePool::Ticket* ticket) {
  struct Work {
    std::shared_ptr<const Hearing> hearing;
    std::vector<float> samples;
    Measured done;
  };
  const auto work =
      std::make_shared<Work>(Work{std::move(hearing), std::move(samples), std::move(done)});
  const bool queued = pool_->submit(
      [this, work](const JobStart& start) {
        metrics_.observe_queue_wait(milliseconds(start.waited) / 1000.0);
        try {
          PredictOptions options;
          options.threads = start.alone ? ClipThreads::kAll : ClipThreads::kOne;
          options.stop = start.stop;
          Prediction prediction = work->hearing->predict_samples(work->samples, "stream", options);
          metrics_.observe_inference((prediction.timing.encode_ms + prediction.timing.classify_ms) /
                                     1000.0);
          work->done(std::move(prediction));
        } catch (...) {
          failure("stream", std::current_exception());
          work->done(ApiError::of(std::current_exception()));
        }
      },
      ticket);
  if (!queued) metrics_.count_rejection(Rejection::kQueueFull);
  return queued;
}

Response Service::page_file(std::string_view path, const RequestHead& head) const {
  const auto found = std::find_if(assets_.begin(), assets_.end(),
                                  [path](const PageAsset& asset) { return asset.path == path; });
  if (found == assets_.end()) {
    throw ApiError(404, "not_found", "the page has no such file",
                   "Reload the page: this server may have another version of it.");
  }
  const bool is_page = path == "/index.html";
  Response response;
  response.content_type = found->content_type;
  // A file below /assets/ has its content's hash in its name; the page itself is asked for anew.
  response.headers = {
      {"Cache-Control", is_page ? "no-cache" : "public, max-age=31536000, immutable"},
      {"ETag", std::string(found->etag)}};
  if (is_page) {
    response.headers.emplace_back("Content-Security-Policy", kPagePolicy);
    response.headers.emplace_back("Permissions-Policy", "microphone=(self)");
  }
  if (names_etag(head.header("If-None-Match"), found->etag)) {
    response.status = 304;
    response.content_type.clear();
  } else {
    response.static_body = found->bytes;
  }
  return response;
}

Response Service::readiness() const {
  require_ready();
  return json_response(R"({"status":"ok"})");
}

Response Service::failure(const std::string& request_id, std::exception_ptr exception) const {
  const ApiError error = ApiError::of(exception);
  if (error.status() == 500) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& cause) {
      report(request_id, cause.what());
    } catch (...) {
      report(request_id, "an unknown exception");
    }
  }
  return error_response(error);
}

Response Service::refuse(const RequestHead& head, const ApiError& error) const {
  Response response = error_response(error);
  complete(head, response);
  return response;
}

void Service::complete(const RequestHead& head, Response& response) const {
  HeaderList& headers = response.headers;
  headers.emplace_back("X-Request-Id", head.id);
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  if (header_value(headers, "Cache-Control").empty()) {
    headers.emplace_back("Cache-Control", "no-store");
  }
  const bool is_preflight =
      head.method == "OPTIONS" && !head.header("Access-Control-Request-Method").empty();
  if (is_preflight) return;  // it has had its own
  for (auto& header : origins_.headers(header_if_there(head, "Origin"))) {
    headers.push_back(std::move(header));
  }
}

void Service::record(const RequestHead& head, Route route, const Response& response,
                     std::uint64_t body_bytes) const {
  const Clock::duration taken = Clock::now() - head.begin;
  metrics_.count_request(route, head.method, response.status,
                         std::chrono::duration<double>(taken).count());
  switch (response.status) {
    case 408:
      metrics_.count_rejection(Rejection::kTimeout);
      break;
    case 413:
      metrics_.count_rejection(Rejection::kBodyTooLarge);
      break;
    case 431:
      metrics_.count_rejection(Rejection::kHeadersTooLarge);
      break;
    default:
      break;
  }
  const std::string& code = response.facts.error_code;
  if (code == "deadline_exceeded") metrics_.count_rejection(Rejection::kTimeout);
  if (code == "loading" || code == "shutting_down") {
    metrics_.count_rejection(Rejection::kNotReady);
  }
  AccessRecord line;
  line.time = std::chrono::system_clock::now() -
              std::chrono::duration_cast<std::chrono::system_clock::duration>(taken);
  line.id = head.id;
  line.client = head.client;
  line.method = head.method;
  line.target = head.target;
  line.status = response.status;
  line.bytes_in = body_bytes;
  line.bytes_out = response.content().size();
  line.duration_ms = milliseconds(taken);
  if (route == Route::kPredict && response.status == 200) {
    line.queue_ms = response.facts.queue_ms;
    line.audio_s = response.facts.audio_s;
  }
  line.error = code;
  line.user_agent = head.header("User-Agent");
  access_log_.write(line);
}

void Service::report(std::string_view request_id, std::string_view what) const {
  if (options_.error_log) options_.error_log(fmt::format("{}: {}", request_id, what));
}

}  // namespace undertone::server
