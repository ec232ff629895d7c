#include "server/service.hpp"

#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/wav.hpp"
#include "unit/server/fake_hearing.hpp"
#include "unit/server/fake_page.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

RequestHead get(const std::string& target, const std::string& method = "GET") {
  RequestHead head;
  head.method = method;
  head.target = target;
  head.headers = {{"Host", "127.0.0.1:8080"}};
  head.client = "10.0.0.1";
  head.id = "id-1";
  head.begin = std::chrono::steady_clock::now();
  return head;
}

RequestHead post(std::size_t size, const std::string& target = "/emotion_predict",
                 const std::string& type = "audio/wav") {
  RequestHead head = get(target, "POST");
  head.headers.emplace_back("Content-Type", type);
  head.has_body = size > 0;
  head.content_length = size;
  return head;
}

class ServiceTest : public ::testing::Test {
 protected:
  explicit ServiceTest(ServerOptions options = {}) : service_(std::move(options), kAssets) {}

  void load() { service_.set_hearing(hearing_); }

  Response answer(const RequestHead& head) {
    auto decision = service_.admit(head);
    if (auto* const response = std::get_if<Response>(&decision)) return std::move(*response);
    ADD_FAILURE() << head.target << " was admitted";
    return {};
  }

  Response predict(const RequestHead& head, const std::string& body) {
    auto decision = service_.admit(head);
    if (auto* const response = std::get_if<Response>(&decision)) return std::move(*response);
    std::promise<Response> done;
    service_.handle(std::move(std::get<Service::Admitted>(decision)), head, body,
                    [&done](Response response) { done.set_value(std::move(response)); });
    return done.get_future().get();
  }

  static std::string code(const Response& response) {
    return Json::parse(response.body).at("error").at("code");
  }

  std::shared_ptr<FakeHearing> hearing_ = std::make_shared<FakeHearing>();
  Service service_;
  const std::string wav_ = test::wav(test::buzz(1.0, 200));
};

TEST_F(ServiceTest, SaysThatItIsLoading) {
  EXPECT_EQ(answer(get("/health/live")).status, 200);
  for (const Response& response : {answer(get("/health/ready")), answer(get("/v1/model")),
                                   answer(post(10)), answer(get("/v1/stream"))}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(code(response), "loading");
    EXPECT_FALSE(header_value(response.headers, "Retry-After").empty());
  }
  load();
  EXPECT_EQ(answer(get("/health/ready")).status, 200);
}

TEST_F(ServiceTest, RefusesWhatIsNewOnceItIsToStop) {
  load();
  service_.begin_draining();
  EXPECT_EQ(answer(get("/health/live")).status, 200);
  for (const Response& response :
       {answer(get("/health/ready")), answer(post(10)), answer(get("/v1/stream"))}) {
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(code(response), "shutting_down");
  }
}

TEST_F(ServiceTest, AnswersARecording) {
  load();
  const Response response = predict(post(wav_.size()), wav_);
  EXPECT_EQ(response.status, 200) << response.body;
  const Json json = Json::parse(response.body);
  EXPECT_EQ(json.at("label"), "Happy");
  EXPECT_FALSE(json.contains("timing_ms"));
  EXPECT_EQ(header_value(response.headers, "x-request-id"), "id-1");
  EXPECT_EQ(header_value(response.headers, "cache-control"), "no-store");
  const Response timed = predict(post(wav_.size(), "/emotion_predict?timing=1"), wav_);
  EXPECT_TRUE(Json::parse(timed.body).contains("timing_ms"));
}

TEST_F(ServiceTest, HandsTheQueryAndItsLimitsOn) {
  load();
  PredictOptions seen;
  hearing_->on_predict = [&seen](const PredictOptions& options) { seen = options; };
  predict(post(wav_.size(), "/emotion_predict?window_s=5"), wav_);
  EXPECT_EQ(seen.window_s, 5.0);
  EXPECT_EQ(seen.max_duration_s, 600.0);
  EXPECT_EQ(seen.threads, ClipThreads::kAll);  // nobody else is there
  predict(post(wav_.size()), wav_);
  EXPECT_EQ(seen.window_s, 30.0);
}

TEST_F(ServiceTest, RefusesBeforeTheBodyIsRead) {
  load();
  EXPECT_EQ(code(answer(get("/nowhere"))), "not_found");
  EXPECT_EQ(answer(get("/nowhere")).status, 404);
  const Response method = answer(get("/emotion_predict"));
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(header_value(method.headers, "Allow"), "POST, OPTIONS");
  EXPECT_EQ(answer(get("/v1/model", "DELETE")).status, 405);
  RequestHead without_length = post(0);
  without_length.content_length.reset();
  EXPECT_EQ(answer(without_length).status, 411);
  EXPECT_EQ(code(answer(post((std::size_t{25} << 20) + 1))), "body_too_large");
  EXPECT_EQ(answer(post(10, "/emotion_predict", "application/json")).status, 415);
  EXPECT_EQ(answer(post(10, "/emotion_predict?window_s=0")).status, 400);
  EXPECT_EQ(answer(get("/%zz")).status, 400);
}

TEST_F(ServiceTest, ContentThatIsNoRecordingIsRefused) {
  load();
  const std::string text = "This is a letter, not a voice. " + std::string(2000, 'x');
  const Response response = predict(post(text.size()), text);
  EXPECT_EQ(response.status, 415);
  EXPECT_EQ(code(response), "unsupported_media_type");
  EXPECT_EQ(hearing_->heard, 0);
}

TEST_F(ServiceTest, WhatFailsInsideIsToldToTheOperatorAlone) {
  std::vector<std::string> log;
  ServerOptions options;
  options.error_log = [&log](std::string_view line) { log.emplace_back(line); };
  Service service(options, kAssets);
  hearing_->on_predict = [](const PredictOptions&) {
    throw std::runtime_error("/srv/secret is broken");
  };
  service.set_hearing(hearing_);
  auto decision = service.admit(post(wav_.size()));
  std::promise<Response> done;
  service.handle(std::move(std::get<Service::Admitted>(decision)), post(wav_.size()), wav_,
                 [&done](Response response) { done.set_value(std::move(response)); });
  const Response response = done.get_future().get();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0], "id-1: /srv/secret is broken");
}

TEST_F(ServiceTest, OneClientCannotTakeAllPlaces) {
  load();
  std::vector<Service::Admitted> held;
  for (int i = 0; i < 8; ++i) {
    auto decision = service_.admit(post(10));
    ASSERT_TRUE(std::holds_alternative<Service::Admitted>(decision));
    held.push_back(std::move(std::get<Service::Admitted>(decision)));
  }
  const Response response = answer(post(10));
  EXPECT_EQ(response.status, 429);
  EXPECT_FALSE(header_value(response.headers, "Retry-After").empty());
  RequestHead other = post(10);
  other.client = "10.0.0.2";
  EXPECT_TRUE(std::holds_alternative<Service::Admitted>(service_.admit(other)));
  held.pop_back();
  EXPECT_TRUE(std::holds_alternative<Service::Admitted>(service_.admit(post(10))));
}

TEST_F(ServiceTest, UploadsTogetherStayWithinTheirRoom) {
  ServerOptions options;
  options.limits.upload_bytes = 1000;
  Service service(options, kAssets);
  service.set_hearing(hearing_);
  auto first = service.admit(post(600));
  ASSERT_TRUE(std::holds_alternative<Service::Admitted>(first));
  auto second = service.admit(post(600));
  ASSERT_TRUE(std::holds_alternative<Response>(second));
  EXPECT_EQ(std::get<Response>(second).status, 503);
  first = Response{};
  EXPECT_TRUE(std::holds_alternative<Service::Admitted>(service.admit(post(600))));
}

TEST_F(ServiceTest, AFullQueueIsAnsweredAtOnce) {
  ServerOptions options;
  options.workers = 1;
  options.limits.queue = 1;
  Service service(options, kAssets);
  Gate gate;
  hearing_->on_predict = [&gate](const PredictOptions& asked) { gate.wait(asked); };
  service.set_hearing(hearing_);
  std::vector<std::promise<Response>> answers(3);
  for (std::size_t i = 0; i < 3; ++i) {
    auto decision = service.admit(post(wav_.size()));
    service.handle(std::move(std::get<Service::Admitted>(decision)), post(wav_.size()), wav_,
                   [&answers, i](Response response) { answers[i].set_value(std::move(response)); });
  }
  const Response refused = answers[2].get_future().get();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code(refused), "overloaded");
  EXPECT_FALSE(header_value(refused.headers, "Retry-After").empty());
  gate.open();
  EXPECT_EQ(answers[0].get_future().get().status, 200);
  EXPECT_EQ(answers[1].get_future().get().status, 200);
}

TEST_F(ServiceTest, ServesThePage) {
  for (const char* const path : {"/", "/emotion"}) {
    const Response page = answer(get(path));
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.content(), HasSubstr("<!doctype html>"));
    EXPECT_THAT(header_value(page.headers, "Content-Security-Policy"),
                HasSubstr("default-src 'none'"));
    EXPECT_EQ(header_value(page.headers, "Cache-Control"), "no-cache");
  }
  const Response script = answer(get("/assets/app-1.js"));
  EXPECT_THAT(header_value(script.headers, "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  RequestHead again = get("/assets/app-1.js");
  again.headers.emplace_back("If-None-Match", "\"script\"");
  EXPECT_EQ(answer(again).status, 304);
  EXPECT_TRUE(answer(again).content().empty());
  for (const char* const path : {"/assets/", "/assets/other.js", "/assets/../index.html",
                                 "/index.html", "/assets/app-1.js/"}) {
    EXPECT_EQ(answer(get(path)).status, 404) << path;
  }
}

TEST_F(ServiceTest, DescribesTheModel) {
  load();
  const Json card = Json::parse(answer(get("/v1/model")).body);
  EXPECT_EQ(card.at("name"), "fake");
  EXPECT_EQ(card.at("classifier").at("scores").at("uar"), 0.5);
  EXPECT_EQ(card.at("labels"), (Json{"Happy", "Sad"}));
  EXPECT_EQ(card.at("limits").at("body_bytes"), 26214400);
  EXPECT_EQ(card.at("limits").at("stream").at("message_bytes"), 262144);
}

TEST_F(ServiceTest, PagesOfOtherOriginsAreKeptOut) {
  load();
  RequestHead stream = get("/v1/stream");
  stream.headers.emplace_back("Origin", "https://elsewhere.example");
  EXPECT_EQ(answer(stream).status, 403);
  stream = get("/v1/stream");
  stream.headers.emplace_back("Origin", "http://127.0.0.1:8080");
  EXPECT_TRUE(std::holds_alternative<Service::Admitted>(service_.admit(stream)));
  RequestHead preflight = get("/emotion_predict", "OPTIONS");
  preflight.headers.emplace_back("Origin", "https://elsewhere.example");
  preflight.headers.emplace_back("Access-Control-Request-Method", "POST");
  const Response none = answer(preflight);
  EXPECT_EQ(none.status, 204);
  EXPECT_TRUE(header_value(none.headers, "Access-Control-Allow-Origin").empty());

  ServerOptions options;
  options.cors_origins = {"https://elsewhere.example"};
  Service open(options, kAssets);
  auto allowed = open.admit(preflight);
  ASSERT_TRUE(std::holds_alternative<Response>(allowed));
  EXPECT_EQ(header_value(std::get<Response>(allowed).headers, "Access-Control-Allow-Origin"),
            "https://elsewhere.example");
}

TEST_F(ServiceTest, CountsWhatItDoes) {
  load();
  predict(post(wav_.size()), wav_);
  const Response response = answer(get("/nowhere"));
  service_.record(get("/nowhere"), Route::kOther, response, 0);
  const std::string text = answer(get("/metrics")).body;
  EXPECT_THAT(text, HasSubstr("undertone_http_requests_total"));
  EXPECT_THAT(text, HasSubstr("status=\"404\""));
}

TEST_F(ServiceTest, LogsEachRequestAsOneObject) {
  std::vector<std::string> log;
  ServerOptions options;
  options.access_log = [&log](std::string_view line) { log.emplace_back(line); };
  Service service(options, kAssets);
  RequestHead head = get("/nowhere?secret=1");
  head.headers.emplace_back("User-Agent", "evil\"\n{}");
  auto decision = service.admit(head);
  service.record(head, Route::kOther, std::get<Response>(decision), 0);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].find('\n'), std::string::npos);
  const Json line = Json::parse(log[0]);
  EXPECT_EQ(line.at("status"), 404);
  EXPECT_EQ(line.at("path"), "/nowhere");
  EXPECT_EQ(line.at("error"), "not_found");
  EXPECT_EQ(line.at("id"), "id-1");
}

}  // namespace
}  // namespace undertone::server
