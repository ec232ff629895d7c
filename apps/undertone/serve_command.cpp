#include <csignal>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <undertone/recognizer.hpp>

#include "server/server.hpp"
#include "undertone/command_errors.hpp"
#include "undertone/commands.hpp"
#include "undertone/console.hpp"
#include "undertone/interrupt.hpp"
#include "undertone/shared_options.hpp"

namespace undertone::cli {
namespace {

using server::ServerLimits;
using server::ServerOptions;

constexpr const char* kExamples = R"(Examples:
  undertone serve
  undertone serve --port 9000 --encoder facebook/hubert-large-ll60k --model large.safetensors
  undertone serve --address 0.0.0.0 --tls-cert server.pem --tls-key server.key
  curl -F file=@clip.wav http://127.0.0.1:8080/emotion_predict

Listens on this machine only unless --address says otherwise; there is no password, so put a proxy
that asks for one before a server that others can reach (packaging/ has an example). Nothing that is
sent is stored. The access log, one JSON object a line, goes to standard error. SIGTERM or Ctrl-C
answers what was begun, refuses what is new, and ends; a second one ends at once. The EU AI Act
forbids inferring emotions at work and in education, and obliges you to tell people elsewhere.)";

struct ServeOptions {
  ServerOptions server;
  std::string encoder;
  std::optional<Context> context{};
  std::string model;
  std::string precision;
  unsigned threads = 0;
  double max_body_mib = 25;
  double header_s = 10;
  double request_s = 60;
  double idle_s = 60;
  unsigned stream_idle_s = 30;
  unsigned stream_session_s = 3600;
  double drain_s = 30;
  bool quiet = false;
};

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000.0));
}

// Whole lines, from any thread: one write each.
void log_line(std::string_view line) { print_to_stderr(std::string(line) + '\n'); }

int run_serve(ServeOptions options) {
  ServerLimits& limits = options.server.limits;
  limits.body_bytes = static_cast<std::size_t>(options.max_body_mib * 1024.0 * 1024.0);
  limits.header_time = milliseconds(options.header_s);
  limits.request_time = milliseconds(options.request_s);
  limits.idle_time = milliseconds(options.idle_s);
  limits.stream_idle = std::chrono::seconds(options.stream_idle_s);
  limits.stream_session = std::chrono::seconds(options.stream_session_s);
  limits.drain_time = milliseconds(options.drain_s);
  options.server.error_log = [](std::string_view text) {
    log_line(fmt::format("error: {}", printable(text)));
  };
  if (!options.quiet) options.server.access_log = log_line;

  InterruptWatch watch;
  server::Server server(options.server);
  // The first line is for people and for programs that start this one: from here on it answers.
  print(fmt::format("Undertone listens on {}\n", server.url()));

  RecognizerOptions load;
  load.encoder = options.encoder;
  load.context = options.context;
  load.bundle = options.model;
  load.precision = options.precision;
  load.threads = options.threads;
  if (!options.quiet) {
    load.warn = [](std::string_view text) { log_line(fmt::format("note: {}", printable(text))); };
  }
  const auto hearing = load_model([&load] { return server::hearing_of(Recognizer::load(load)); });
  const ModelInfo model = hearing->model();
  server.set_hearing(hearing);
  print(fmt::format("Ready: {} with {}\n", printable(model.encoder),
                    printable(model.head.empty() ? model.bundle : model.head)));

  watch.wait();
  const bool all_answered = server.drain_and_stop();
  if (!all_answered) {
    print_to_stderr("Some requests were not answered in time and have been dropped.\n");
    return kSomeFailed;
  }
  return kDone;
}

void add_limits(CLI::App& command, ServeOptions& options) {
  ServerLimits& limits = options.server.limits;
  auto* const group = command.add_option_group("Limits");
  const auto seconds = [group](const char* name, auto& value, const char* what) {
    constexpr double kLeast =
        std::is_integral_v<std::remove_reference_t<decltype(value)>> ? 1 : 0.1;
    group->add_option(name, value, what)
        ->type_name("SECONDS")
        ->check(CLI::Range(kLeast, 86400.0))
        ->capture_default_str();
  };
  const auto count = [group](const char* name, auto& value, const char* what) {
    group->add_option(name, value, what)
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
  };
  group->add_option("--max-body", options.max_body_mib, "Of a request")
      ->type_name("MIB")
      ->check(CLI::Range(0.001, 4096.0))
      ->capture_default_str();
  group->add_option("--max-header", limits.header_bytes, "Bytes of a request's headers")
      ->type_name("BYTES")
      ->check(CLI::Range(1024, 1 << 20))
      ->capture_default_str();
  group->add_option("--max-uploads", limits.upload_bytes, "Bytes of all uploads held at a time")
      ->type_name("BYTES")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  seconds("--max-duration", limits.duration_s, "Of a recording");
  count("--max-connections", limits.connections, "Open at once");
  count("--max-client-connections", limits.client_connections,
        "Open at once from one address (not with --trust-proxy)");
  count("--max-client-requests", limits.client_requests, "Of one client under way at once");
  count("--max-queue", limits.queue, "Recordings that wait for a worker");
  count("--max-streams", limits.streams, "Live sessions at once");
  seconds("--header-timeout", options.header_s, "For a request's headers to arrive");
  seconds("--request-timeout", options.request_s, "From a request's first byte to its answer");
  seconds("--idle-timeout", options.idle_s, "Of a connection between requests");
  seconds("--stream-idle", options.stream_idle_s, "Of a live session without sound");
  seconds("--stream-session", options.stream_session_s, "Of a live session");
  seconds("--drain-timeout", options.drain_s, "For what was begun when told to stop");
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* const command = app.add_subcommand("serve", "A web page and an HTTP API");
  command->footer(kExamples);
  ServerOptions& server = options->server;
  command->add_option("--address", server.address, "The address to listen on")
      ->type_name("IP")
      ->capture_default_str();
  command->add_option("--port", server.port, "The port; 0 for one that is free")
      ->type_name("N")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  add_encoder_options(*command, options->encoder, options->context, options->precision);
  add_classifier_option(*command, options->model);
  command->add_option("--tls-cert", server.tls_certificate, "Certificate chain: HTTPS only")
      ->type_name("PEM");
  command->add_option("--tls-key", server.tls_key, "The certificate's key")->type_name("PEM");
  command
      ->add_option("--cors-origin", server.cors_origins,
                   "Let pages of this origin use the API; may be repeated; * for any (default: "
                   "none)")
      ->type_name("ORIGIN");
  command->add_flag("--trust-proxy", server.trust_proxy,
                    "Take clients' addresses from X-Forwarded-For: only behind a proxy that "
                    "sets it");
  command
      ->add_option("--workers", server.workers,
                   "Recordings heard at the same time (default: as many as threads)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  add_threads_option(*command, options->threads);
  command->add_option("--io-threads", server.io_threads, "Threads that read and write")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  add_limits(*command, *options);
  command->add_flag("-q,--quiet", options->quiet, "No access log, no notes; errors only");
  command->callback([options, &action] { action = [options] { return run_serve(*options); }; });
}

}  // namespace undertone::cli
