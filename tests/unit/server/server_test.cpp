// The server over real sockets.
#include "server/server.hpp"

#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/expect_error.hpp"
#include "support/http_client.hpp"
#include "support/wav.hpp"
#include "unit/server/fake_hearing.hpp"
#include "unit/server/fake_page.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;
using test::http;
using test::HttpAnswer;
using test::HttpClient;
using namespace std::chrono_literals;

const std::string& wav() {
  static const std::string bytes = test::wav(test::buzz(1.0, 200));
  return bytes;
}

std::string code(const HttpAnswer& answer) {
  return Json::parse(answer.body).at("error").at("code");
}

constexpr const char* kWave = "Content-Type: audio/wav\r\n";

// A server on a free port with a fake recogniser.
struct Running {
  explicit Running(ServerLimits limits = {}, bool load = true) {
    ServerOptions options;
    options.port = 0;
    options.limits = limits;
    options.workers = 1;
    server.emplace(options, kAssets);
    if (load) server->set_hearing(hearing);
  }

  std::uint16_t port() const { return server->port(); }

  std::shared_ptr<FakeHearing> hearing = std::make_shared<FakeHearing>();
  std::optional<Server> server;
};

TEST(Server, AnswersManyRequestsOnOneConnection) {
  Running running;
  HttpClient client(running.port());
  for (int i = 0; i < 5; ++i) {
    client.request("POST", "/emotion_predict", wav(), kWave);
    const HttpAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(Json::parse(answer.body).at("label"), "Happy");
    EXPECT_FALSE(answer.headers.at("x-request-id").empty());
    client.request("GET", "/health/live");
    EXPECT_EQ(client.answer().status, 200);
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  Running running;
  HttpClient client(running.port());
  client.request("POST", "/emotion_predict", wav(), kWave);
  client.request("GET", "/health/live");
  client.request("GET", "/nowhere");
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_THAT(client.answer().body, ::testing::HasSubstr("ok"));
  EXPECT_EQ(client.answer().status, 404);
}

TEST(Server, TakesChunks) {
  Running running;
  HttpClient client(running.port());
  client.send(
      "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
      "Transfer-Encoding: chunked\r\n\r\n");
  char size[32];
  for (std::size_t at = 0; at < wav().size(); at += 10000) {
    const std::string piece = wav().substr(at, 10000);
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    client.send(size + piece + "\r\n");
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, AsksForABodyThatWaitsToBeAskedFor) {
  Running running;
  HttpClient client(running.port());
  client.send(
      "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
      "Expect: 100-continue\r\nContent-Length: " +
      std::to_string(wav().size()) + "\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send(wav());
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, AnswersHeadWithoutABody) {
  Running running;
  HttpClient client(running.port());
  client.request("HEAD", "/");
  const HttpAnswer answer = client.answer(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-length"), "16");
  client.request("GET", "/health/live");
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, MalformedRequestsAreAnsweredAndTheConnectionEnds) {
  Running running;
  for (const char* const bytes :
       {"HELLO\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost x\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n"
        "Content-Type: audio/wav\r\n\r\n0\r\n\r\n",
        "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n"
        "Content-Type: audio/wav\r\n\r\n",
        "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    HttpClient client(running.port());
    client.send(bytes);
    const HttpAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 400) << bytes;
    EXPECT_EQ(code(answer), "bad_request") << bytes;
    EXPECT_TRUE(client.closed()) << bytes;
  }
  EXPECT_EQ(http(running.port(), "GET", "/health/live").status, 200);
}

TEST(Server, LongHeadersAreRefused) {
  Running running;
  HttpClient client(running.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(40000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.answer().status, 431);
}

TEST(Server, BodiesBeyondTheLimitAreRefusedHoweverTheyCome) {
  ServerLimits limits;
  limits.body_bytes = 1000;
  Running running(limits);
  {
    HttpClient client(running.port());
    client.request("POST", "/emotion_predict", std::string(5000, 'x'), kWave);
    const HttpAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(code(answer), "body_too_large");
    EXPECT_TRUE(client.closed());
  }
  HttpClient client(running.port());
  client.send(
      "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
      "Transfer-Encoding: chunked\r\n\r\n800\r\n" +
      std::string(0x800, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413);
}

TEST(Server, SlowRequestsRunOutOfTime) {
  ServerLimits limits;
  limits.header_time = 200ms;
  limits.request_time = 400ms;
  Running running(limits);
  HttpClient head(running.port());
  head.send("GET / HT");
  const HttpAnswer answer = head.answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(code(answer), "request_timeout");
  HttpClient body(running.port());
  body.send(
      "POST /emotion_predict HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\n"
      "Content-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(body.answer().status, 408);
  EXPECT_TRUE(body.closed());
}

TEST(Server, AnAnswerThatTakesTooLongIsGivenUp) {
  ServerLimits limits;
  limits.request_time = 300ms;
  Running running(limits);
  running.hearing->on_predict = FakeHearing::wait_for_stop;
  const HttpAnswer answer = http(running.port(), "POST", "/emotion_predict", wav(), kWave);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code(answer), "deadline_exceeded");
  while (running.hearing->cancelled == 0) std::this_thread::sleep_for(1ms);
}

TEST(Server, IdleConnectionsAreClosed) {
  ServerLimits limits;
  limits.idle_time = 100ms;
  Running running(limits);
  HttpClient client(running.port());
  EXPECT_TRUE(client.closed());
}

TEST(Server, AClientThatGoesAwayCancelsItsWork) {
  Running running;
  running.hearing->on_predict = FakeHearing::wait_for_stop;
  {
    HttpClient client(running.port());
    client.request("POST", "/emotion_predict", wav(), kWave);
    EXPECT_TRUE(client.silent_for(100ms));
    client.reset();
  }
  while (running.hearing->cancelled == 0) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(running.hearing->heard, 0);
  running.hearing->on_predict = [](const PredictOptions&) {};
  EXPECT_EQ(http(running.port(), "POST", "/emotion_predict", wav(), kWave).status, 200);
}

TEST(Server, ConnectionsBeyondTheLimitAreTurnedAway) {
  ServerLimits limits;
  limits.connections = 2;
  Running running(limits);
  HttpClient first(running.port());
  first.request("GET", "/health/live");
  first.answer();
  HttpClient second(running.port());
  second.request("GET", "/health/live");
  second.answer();
  HttpClient third(running.port());
  const HttpAnswer answer = third.answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code(answer), "overloaded");
  EXPECT_TRUE(third.closed());
  first.request("GET", "/health/live");
  EXPECT_EQ(first.answer().status, 200);
}

TEST(Server, StoppingAnswersWhatWasBegunAndRefusesTheRest) {
  Running running;
  Gate gate;
  running.hearing->on_predict = [&gate](const PredictOptions& options) { gate.wait(options); };
  HttpClient idle(running.port());
  idle.request("GET", "/health/live");
  idle.answer();
  HttpClient begun(running.port());
  begun.request("POST", "/emotion_predict", wav(), kWave);
  EXPECT_TRUE(begun.silent_for(100ms));
  std::future<bool> stopped =
      std::async(std::launch::async, [&running] { return running.server->drain_and_stop(); });
  EXPECT_TRUE(idle.closed());
  const HttpAnswer refused = http(running.port(), "POST", "/emotion_predict", wav(), kWave);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code(refused), "shutting_down");
  EXPECT_EQ(http(running.port(), "GET", "/health/ready").status, 503);
  gate.open();
  const HttpAnswer answer = begun.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(stopped.get());
}

TEST(Server, StoppingWaitsForAnswersOnTheirWayAndTheirLinesInTheLog) {
  // More than the system takes off our hands at once.
  static const std::vector<unsigned char> large(std::size_t{64} << 20, 'x');
  static const PageAsset assets[] = {{"/index.html", "text/html", large, "\"large\""}};
  std::atomic<int> lines{0};
  ServerOptions options;
  options.port = 0;
  options.access_log = [&lines](std::string_view) { ++lines; };
  Server server(options, assets);
  HttpClient client(server.port());
  client.request("GET", "/");
  EXPECT_FALSE(client.silent_for(20s));
  std::future<bool> stopped =
      std::async(std::launch::async, [&server] { return server.drain_and_stop(); });
  EXPECT_EQ(stopped.wait_for(100ms), std::future_status::timeout);
  EXPECT_EQ(client.answer().body.size(), large.size());
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(lines, 1);
}

TEST(Server, StoppingWaitsOnlySoLong) {
  ServerLimits limits;
  limits.drain_time = 100ms;
  Running running(limits);
  running.hearing->on_predict = FakeHearing::wait_for_stop;
  HttpClient client(running.port());
  client.request("POST", "/emotion_predict", wav(), kWave);
  EXPECT_TRUE(client.silent_for(100ms));
  EXPECT_FALSE(running.server->drain_and_stop());
}

TEST(Server, RefusesAddressesItCannotListenOn) {
  ServerOptions options;
  options.port = 0;
  options.address = "localhost";
  EXPECT_UNDERTONE_ERROR(Server(options, kAssets), ErrorCode::kInvalidArgument, "localhost");
  const Running running;
  options.address = "127.0.0.1";
  options.port = running.port();
  EXPECT_UNDERTONE_ERROR(Server(options, kAssets), ErrorCode::kInvalidArgument,
                         "cannot listen on 127.0.0.1");
}

TEST(Server, BelievesOnlyWhatTheProxyItselfSaw) {
  std::promise<std::string> logged;
  ServerOptions options;
  options.port = 0;
  options.trust_proxy = true;
  options.access_log = [&logged](std::string_view line) { logged.set_value(std::string(line)); };
  Server server(options, kAssets);
  http(server.port(), "GET", "/health/live", {},
       "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2, 10.0.0.7\r\n");
  EXPECT_EQ(Json::parse(logged.get_future().get()).at("client"), "10.0.0.7");
}

TEST(Server, ManyClientsAtOnce) {
  ServerLimits limits;
  limits.client_requests = 1000;
  limits.queue = 1000;
  Running running(limits);
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          HttpClient client(running.port());
          client.request("POST", "/emotion_predict", wav(), kWave);
          if ((i + t) % 4 == 0) {
            client.reset();
          } else if (client.answer().status == 200) {
            ++good;
          }
        }
      });
    }
  }
  EXPECT_EQ(good, 8 * 15);
}

}  // namespace
}  // namespace undertone::server
