// Whether the server does what its OpenAPI document says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

#include "server/openapi.hpp"
#include "server/server.hpp"
#include "support/http_client.hpp"
#include "support/json_schema.hpp"
#include "support/wav.hpp"
#include "unit/server/fake_hearing.hpp"
#include "unit/server/fake_page.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;
using test::JsonSchema;
using namespace std::chrono_literals;

const JsonSchema& document() {
  static const JsonSchema parsed(Json::parse(openapi_document()));
  return parsed;
}

class Conformance : public ::testing::Test {
 protected:
  void start(bool load = true) {
    ServerOptions options;
    options.port = 0;
    options.workers = 1;
    options.limits = limits_;
    server_.emplace(options, kAssets);
    if (load) server_->set_hearing(hearing_);
  }

  // Asks, and holds the answer to what the document says of that route and status.
  HttpAnswer check(const std::string& method, const std::string& path, const std::string& body = {},
                   const std::string& headers = {}, const std::string& query = {}) {
    HttpClient client(server_->port());
    client.request(method, path + query, body, headers);
    return check_answer(client.answer(), method, path);
  }

  HttpAnswer check_answer(HttpAnswer answer, const std::string& method, const std::string& path) {
    const std::string described = path.starts_with("/assets/") ? "/assets/{file}" : path;
    const std::string where = method + " " + path + " -> " + std::to_string(answer.status);
    std::string lower = method;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    Json::json_pointer pointer("/paths");
    pointer /= path_key(described);
    pointer /= lower;
    if (!document().document().contains(pointer)) {
      ADD_FAILURE() << where << ": no such operation is described";
      return answer;
    }
    const Json& responses = document().document().at(pointer).at("responses");
    if (!responses.contains(std::to_string(answer.status))) {
      ADD_FAILURE() << where << ": the status is not described; " << answer.body;
      return answer;
    }
    const Json& response = document().resolve(responses.at(std::to_string(answer.status)));
    check_headers(response, answer, where);
    check_body(response, answer, where);
    seen_.insert(where);
    return answer;
  }

  // As the document names the path: parameters have names that are its own business.
  static std::string path_key(const std::string& path) {
    for (const auto& [key, item] : document().document().at("paths").items()) {
      if (key == path) return key;
      const std::size_t brace = key.find('{');
      if (brace != std::string::npos && path.starts_with(key.substr(0, brace))) return key;
    }
    return path;
  }

  static void check_headers(const Json& response, const HttpAnswer& answer,
                            const std::string& where) {
    const Json described = response.value("headers", Json::object());
    for (const auto& [name, reference] : described.items()) {
      const Json& header = document().resolve(reference);
      std::string lower = name;
      for (char& c : lower) c = static_cast<char>(std::tolower(c));
      const auto found = answer.headers.find(lower);
      if (found == answer.headers.end()) {
        EXPECT_FALSE(header.value("required", false)) << where << " lacks " << name;
        continue;
      }
      const Json& schema = header.at("schema");
      const std::string type = document().resolve(schema).value("type", "string");
      const Json value = type == "integer" ? Json(std::stoll(found->second)) : Json(found->second);
      EXPECT_THAT(document().violations(schema, value), ::testing::IsEmpty())
          << where << ", " << name << ": " << found->second;
    }
  }

  static void check_body(const Json& response, const HttpAnswer& answer, const std::string& where) {
    if (!response.contains("content")) {
      EXPECT_TRUE(answer.body.empty()) << where << " has a body: " << answer.body;
      return;
    }
    const std::string type = answer.headers.at("content-type");
    for (const auto& [described, content] : response.at("content").items()) {
      if (described != "*/*" && !type.starts_with(described.substr(0, described.find(';')))) {
        continue;
      }
      if (described == "application/json") {
        EXPECT_THAT(document().violations(content.at("schema"), Json::parse(answer.body)),
                    ::testing::IsEmpty())
            << where << ": " << answer.body;
      }
      return;
    }
    ADD_FAILURE() << where << ": the type " << type << " is not described";
  }

  ServerLimits limits_;
  std::shared_ptr<FakeHearing> hearing_ = std::make_shared<FakeHearing>();
  std::optional<Server> server_;
  std::set<std::string> seen_;
  const std::string wav_ = test::wav(test::buzz(1.0, 200));
  const std::string type_ = "Content-Type: audio/wav\r\n";
};

TEST_F(Conformance, OfEveryRouteThatReads) {
  start();
  for (const char* const path : {"/", "/emotion", "/assets/app-1.js", "/v1/model", "/health/live",
                                 "/health/ready", "/metrics", "/openapi.json"}) {
    EXPECT_EQ(check("GET", path).status, 200);
  }
  EXPECT_EQ(check("GET", "/assets/none.js").status, 404);
  EXPECT_EQ(check("GET", "/v1/stream").status, 426);
  EXPECT_EQ(check("GET", "/v1/stream", {}, "Origin: https://elsewhere.example\r\n").status, 403);
}

TEST_F(Conformance, OfPredictions) {
  limits_.body_bytes = 1 << 20;
  start();
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_).status, 200);
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_, "?timing=1&window_s=5").status, 200);
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_, "?window_s=99").status, 400);
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_, "?window=5").status, 400);
  EXPECT_EQ(check("POST", "/emotion_predict", {}, type_).status, 400);
  EXPECT_EQ(check("POST", "/emotion_predict", std::string(2 << 20, 'x'), type_).status, 413);
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, "Content-Type: text/html\r\n").status, 415);
  EXPECT_EQ(check("POST", "/emotion_predict", std::string(3000, 'x'), type_).status, 415);
  hearing_->on_predict = [](const PredictOptions&) {
    throw Error(ErrorCode::kAudioTooShort, "upload: 0.20 s of audio", "Record more.");
  };
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_).status, 422);
  hearing_->on_predict = [](const PredictOptions&) { throw std::runtime_error("broken"); };
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_).status, 500);
}

TEST_F(Conformance, OfWindows) {
  start();
  hearing_->windows = {{0, 5, false, "Happy", 0.75, {{"Happy", 0.75}, {"Sad", 0.25}}},
                       {5, 7.5, true, "", 0, {}}};
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_).status, 200);
}

TEST_F(Conformance, OfRequestsThatAreRefusedAsSuch) {
  limits_.header_time = 100ms;
  start();
  {
    HttpClient client(server_->port());
    client.send("POST /emotion_predict HTTP/1.1\r\nHost: x\r\n" + type_ + "\r\n");
    EXPECT_EQ(check_answer(client.answer(), "POST", "/emotion_predict").status, 411);
  }
  {
    HttpClient client(server_->port());
    client.send("POST /emotion_predict HTTP/1.1\r\nHost: x\r\n");
    EXPECT_EQ(check_answer(client.answer(), "POST", "/emotion_predict").status, 408);
  }
  {
    HttpClient client(server_->port());
    client.send("POST /emotion_predict HTTP/1.1\r\nX: " + std::string(40000, 'x') + "\r\n\r\n");
    EXPECT_EQ(check_answer(client.answer(), "POST", "/emotion_predict").status, 431);
  }
}

TEST_F(Conformance, OfAServerThatIsLoadingOrFull) {
  limits_.client_requests = 1;
  start(false);
  EXPECT_EQ(check("GET", "/health/live").status, 200);
  EXPECT_EQ(check("GET", "/health/ready").status, 503);
  EXPECT_EQ(check("GET", "/v1/model").status, 503);
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_).status, 503);
  EXPECT_EQ(check("GET", "/v1/stream").status, 503);
  server_->set_hearing(hearing_);
  Gate gate;
  hearing_->on_predict = [&gate](const PredictOptions& options) { gate.wait(options); };
  HttpClient first(server_->port());
  first.request("POST", "/emotion_predict", wav_, type_);
  EXPECT_TRUE(first.silent_for(100ms));
  EXPECT_EQ(check("POST", "/emotion_predict", wav_, type_).status, 429);
  gate.open();
  EXPECT_EQ(check_answer(first.answer(), "POST", "/emotion_predict").status, 200);
}

}  // namespace
}  // namespace undertone::server
