// What is answered to which request: routes, admission and inference, without a socket.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/access_log.hpp"
#include "server/admission.hpp"
#include "server/api_error.hpp"
#include "server/cors.hpp"
#include "server/hearing.hpp"
#include "server/http_message.hpp"
#include "server/inference_pool.hpp"
#include "server/metrics.hpp"
#include "server/page_assets.hpp"
#include "server/query.hpp"
#include "server/server_options.hpp"

namespace undertone::server {

// The routes and what they share. Thread-safe. Until set_hearing() it answers that it is
// loading; after begin_draining() it admits nothing new. Must outlive whatever it gave out, and
// every call of `done`.
class Service {
 public:
  // `assets` are the page's files. Throws Error(kInvalidArgument) for options that cannot be.
  Service(const ServerOptions& options, std::span<const PageAsset> assets);
  ~Service();

  void set_hearing(std::shared_ptr<const Hearing> hearing);
  void begin_draining();
  bool draining() const;

  // Held from admission until the answer is written.
  Budget::Share owe_answer() { return owed_.take(1); }
  // Answers that are owed and live sessions that are open.
  std::size_t under_way() const { return owed_.taken() + streams_.taken(); }
  // Ends all jobs, and waits for those that run to leave off. No `done` is called for those that
  // were waiting.
  void stop_inference();

  // What a request holds while it is worked on.
  struct Admitted {
    Route route = Route::kOther;
    PredictionQuery query;
    std::shared_ptr<const Hearing> hearing;
    ClientCounter::Place place;
    Budget::Share upload;
  };

  // Decides what can be decided before the body is read: the answer, or the right to go on with
  // handle() or, for Route::kStream, with a WebSocket handshake. Never throws.
  std::variant<Response, Admitted> admit(const RequestHead& head);

  // Hears the recording in `body` and calls done(response) once, from another thread or this one;
  // never after the ticket was cancelled in time. Never throws.
  using Done = std::function<void(Response)>;
  InferencePool::Ticket handle(Admitted admitted, const RequestHead& head, std::string body,
                               Done done);

  // Hears a live session's window. `done` as above; false where the queue is full.
  using Measured = std::function<void(std::variant<Prediction, ApiError>)>;
  bool measure(std::shared_ptr<const Hearing> hearing, std::vector<float> samples, Measured done,
               InferencePool::Ticket* ticket);

  // An empty share where there are as many live sessions as there may be.
  Budget::Share enter_stream() { return streams_.take(1); }

  // The answer to a failure, with everything that every answer carries.
  Response refuse(const RequestHead& head, const ApiError& error) const;

  // Tells logs and metrics of a request that was answered.
  void record(const RequestHead& head, Route route, const Response& response,
              std::uint64_t body_bytes) const;

  // Tells the operator what must not be told to a client.
  void report(std::string_view request_id, std::string_view what) const;

  ServiceMetrics& metrics() { return metrics_; }
  const ServerOptions& options() const { return options_; }
  std::shared_ptr<const Hearing> hearing() const;

 private:
  struct RouteRule;

  static const RouteRule* find_route(std::string_view path);
  Admitted admit_or_throw(const RequestHead& head, const RequestTarget& target,
                          const RouteRule& rule);
  std::optional<Response> answer_at_once(const RequestHead& head, const RequestTarget& target,
                                         const RouteRule& rule);
  Response page_file(std::string_view path, const RequestHead& head) const;
  Response readiness() const;
  Response failure(const std::string& request_id, std::exception_ptr exception) const;
  void complete(const RequestHead& head, Response& response) const;
  void require_ready() const;

  ServerOptions options_;
  std::span<const PageAsset> assets_;
  OriginPolicy origins_;
  AccessLog access_log_;
  mutable ServiceMetrics metrics_;
  ClientCounter clients_;
  Budget uploads_;
  Budget streams_;
  Budget owed_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Hearing> hearing_;
  std::string model_card_;
  bool draining_ = false;
  std::unique_ptr<InferencePool> pool_;  // from set_hearing() on
};

}  // namespace undertone::server
