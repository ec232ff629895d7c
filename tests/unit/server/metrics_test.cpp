#include "server/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <undertone/version.hpp>

#include "support/paths.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::server {
namespace {

struct Exposition {
  std::map<std::string, double> samples;     // by name and labels, as written
  std::map<std::string, std::string> types;  // by family
  std::set<std::string> helps;
};

// Every line must be of the text format 0.0.4.
Exposition parse(const std::string& text) {
  static const std::regex help("# HELP ([a-z_]+) .+");
  static const std::regex type("# TYPE ([a-z_]+) (counter|gauge|histogram)");
  static const std::regex sample(
      R"re(([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+))re");
  Exposition result;
  std::istringstream lines(text);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, help)) {
      EXPECT_TRUE(result.helps.insert(match[1]).second) << "twice: " << line;
    } else if (std::regex_match(line, match, type)) {
      result.types[match[1]] = match[2];
    } else if (std::regex_match(line, match, sample)) {
      EXPECT_TRUE(result.samples.emplace(match[1], std::stod(match[2])).second)
          << "twice: " << line;
    } else {
      ADD_FAILURE() << "no line of the format: " << line;
    }
  }
  return result;
}

double value(const ServiceMetrics& metrics, const std::string& sample) {
  const auto samples = parse(metrics.text()).samples;
  const auto found = samples.find(sample);
  return found == samples.end() ? -1 : found->second;
}

TEST(ServiceMetrics, CountRequestsByRouteMethodAndStatus) {
  ServiceMetrics metrics;
  metrics.count_request(Route::kPredict, "POST", 200, 0.2);
  metrics.count_request(Route::kPredict, "POST", 200, 0.3);
  metrics.count_request(Route::kOther, "BREW", 799, 0.1);
  EXPECT_EQ(value(metrics,
                  "undertone_http_requests_total{method=\"POST\",route=\"/"
                  "emotion_predict\",status=\"200\"}"),
            2);
  EXPECT_EQ(
      value(metrics,
            "undertone_http_requests_total{method=\"other\",route=\"other\",status=\"other\"}"),
      1);
  EXPECT_EQ(
      value(metrics, "undertone_http_request_duration_seconds_count{route=\"/emotion_predict\"}"),
      2);
  EXPECT_EQ(
      value(metrics, "undertone_http_request_duration_seconds_sum{route=\"/emotion_predict\"}"),
      0.5);
  EXPECT_EQ(
      value(
          metrics,
          "undertone_http_request_duration_seconds_bucket{route=\"/emotion_predict\",le=\"0.25\"}"),
      1);
  EXPECT_EQ(
      value(
          metrics,
          "undertone_http_request_duration_seconds_bucket{route=\"/emotion_predict\",le=\"+Inf\"}"),
      2);
}

TEST(ServiceMetrics, KeepNoClientsText) {
  ServiceMetrics metrics;
  const std::string before = metrics.text();
  for (int i = 0; i < 1000; ++i) {
    metrics.count_request(Route::kOther, "M" + std::to_string(i), 600 + i, 0.1);
  }
  EXPECT_EQ(parse(metrics.text()).samples.size(), parse(before).samples.size() + 1);
}

TEST(ServiceMetrics, FollowTheServer) {
  ServiceMetrics metrics;
  EXPECT_EQ(value(metrics, "undertone_ready"), 0);
  metrics.set_ready(true);
  metrics.connection_opened();
  metrics.connection_opened();
  metrics.connection_closed();
  metrics.stream_opened();
  metrics.set_queue_depth(7);
  metrics.observe_queue_wait(0.5);
  metrics.observe_decode(0.25);
  metrics.observe_inference(2);
  metrics.count_audio(2.5);
  metrics.count_audio(1.5);
  metrics.count_rejection(Rejection::kQueueFull);
  metrics.count_stream_measurement();
  metrics.count_stream_silent();
  metrics.count_stream_skipped(3);
  const auto samples = parse(metrics.text()).samples;
  EXPECT_EQ(samples.at("undertone_ready"), 1);
  EXPECT_EQ(samples.at("undertone_connections_open"), 1);
  EXPECT_EQ(samples.at("undertone_streams_open"), 1);
  EXPECT_EQ(samples.at("undertone_queue_depth"), 7);
  EXPECT_EQ(samples.at("undertone_queue_wait_seconds_sum"), 0.5);
  EXPECT_EQ(samples.at("undertone_decode_seconds_sum"), 0.25);
  EXPECT_EQ(samples.at("undertone_inference_seconds_sum"), 2);
  EXPECT_EQ(samples.at("undertone_audio_seconds_total"), 4);
  EXPECT_EQ(samples.at("undertone_rejections_total{reason=\"queue_full\"}"), 1);
  EXPECT_EQ(samples.at("undertone_rejections_total{reason=\"client_limit\"}"), 0);
  EXPECT_EQ(samples.at("undertone_stream_measurements_total"), 1);
  EXPECT_EQ(samples.at("undertone_stream_silent_total"), 1);
  EXPECT_EQ(samples.at("undertone_stream_skipped_total"), 3);
  metrics.set_ready(false);
  metrics.stream_closed();
  EXPECT_EQ(value(metrics, "undertone_ready"), 0);
  EXPECT_EQ(value(metrics, "undertone_streams_open"), 0);
}

TEST(ServiceMetrics, SayWhatAnswers) {
  ServiceMetrics metrics;
  const std::string built(version());
  EXPECT_EQ(value(metrics, "undertone_build_info{version=\"" + built + "\"}"), 1);
  metrics.set_model("former-model", "00");
  metrics.set_model("a \"b\"\\\n", "ff");
  metrics.set_model("a \"b\"\\\n", "ff");
  const std::string text = metrics.text();
  EXPECT_EQ(text.find("former-model"), std::string::npos);
  EXPECT_EQ(
      parse(text).samples.at(
          "undertone_model_info{encoder=\"a \\\"b\\\"\\\\\\n\",fingerprint=\"ff\",version=\"" +
          built + "\"}"),
      1);
}

TEST(ServiceMetrics, FollowTheConventions) {
  ServiceMetrics metrics;
  metrics.set_model("encoder", "ff");
  metrics.count_request(Route::kPage, "GET", 200, 0.1);
  const Exposition exposition = parse(metrics.text());
  EXPECT_GT(exposition.types.size(), 15U);
  for (const auto& [family, type] : exposition.types) {
    EXPECT_TRUE(exposition.helps.contains(family)) << family;
    EXPECT_TRUE(family.starts_with("undertone_") || family.starts_with("process_")) << family;
    EXPECT_EQ(family.ends_with("_total"), type == "counter") << family;
    EXPECT_TRUE(type != "histogram" || family.ends_with("_seconds")) << family;
  }
  EXPECT_GT(exposition.samples.at("process_resident_memory_bytes"), 0);
  EXPECT_GT(exposition.samples.at("process_start_time_seconds"), 1.6e9);
  EXPECT_GE(exposition.samples.at("process_cpu_seconds_total"), 0);
}

TEST(ServiceMetrics, AreThoseOfTheDocument) {
  const std::string text = test::read_file(std::string(UNDERTONE_SOURCE_DIR) + "/docs/api.md");
  const std::regex row(
      "`((?:undertone|process)_[a-z_]+)(?:\\{[a-z,]*\\})?`[^\n|]*\\| (counter|gauge|histogram) "
      "\\|");
  std::map<std::string, std::string> documented;
  for (std::sregex_iterator i(text.begin(), text.end(), row), end; i != end; ++i) {
    documented[(*i)[1]] = (*i)[2];
  }
  documented["process_resident_memory_bytes"] = "gauge";  // the second of its row
  ServiceMetrics metrics;
  metrics.set_model("encoder", "ff");
  metrics.count_request(Route::kPage, "GET", 200, 0.1);
  EXPECT_EQ(parse(metrics.text()).types, documented);
}

TEST(ServiceMetrics, NameEachRouteAndReasonOnce) {
  std::set<std::string_view> routes;
  for (std::size_t i = 0; i < kRoutes; ++i) routes.insert(to_string(static_cast<Route>(i)));
  EXPECT_EQ(routes.size(), kRoutes);
  EXPECT_EQ(to_string(Route::kPage), "/");
  EXPECT_EQ(to_string(Route::kOpenApi), "/openapi.json");
  EXPECT_EQ(to_string(Route::kOther), "other");
  std::set<std::string_view> reasons;
  for (std::size_t i = 0; i < kRejections; ++i)
    reasons.insert(to_string(static_cast<Rejection>(i)));
  EXPECT_EQ(reasons.size(), kRejections);
  EXPECT_EQ(to_string(Rejection::kQueueFull), "queue_full");
  EXPECT_EQ(to_string(Rejection::kNotReady), "not_ready");
}

TEST(ServiceMetrics, LoseNothingBetweenThreads) {
  ServiceMetrics metrics;
  constexpr int kThreads = 4;
  constexpr int kTimes = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < kTimes; ++i) {
        metrics.count_request(static_cast<Route>(i % kRoutes), "GET", 200, 0.01);
        metrics.connection_opened();
        metrics.count_audio(1);
        if (i % 500 == 0) {
          metrics.set_model("encoder " + std::to_string(i), "ff");
          parse(metrics.text());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto samples = parse(metrics.text()).samples;
  EXPECT_EQ(samples.at("undertone_connections_open"), kThreads * kTimes);
  EXPECT_EQ(samples.at("undertone_audio_seconds_total"), kThreads * kTimes);
  double requests = 0;
  for (const auto& [name, count] : samples) {
    if (name.starts_with("undertone_http_requests_total")) requests += count;
  }
  EXPECT_EQ(requests, kThreads * kTimes);
}

}  // namespace
}  // namespace undertone::server
