#include "server/http_connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <type_traits>
#include <utility>

#include "server/http_translation.hpp"
#include "server/stream_connection.hpp"

namespace undertone::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using Socket = asio::ip::tcp::socket;
using TlsStream = asio::ssl::stream<Socket>;
using boost::system::error_code;

constexpr std::size_t kReadSize = 4096;
// What is still read of a request that was answered before its end, so that the answer is not lost
// to a reset.
constexpr std::size_t kLingerBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kLastCallTime{1};

template <class Stream>
class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  HttpConnection(Stream stream, Service& service, ConnectionRegistry& registry, std::string peer,
                 ConnectionSeat seat)
      : stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        service_(service),
        registry_(registry),
        peer_(std::move(peer)),
        seat_(std::move(seat)),
        buffer_(service.options().limits.header_bytes + 2 * kReadSize) {
    service_.metrics().connection_opened();
  }

  ~HttpConnection() override {
    if (seat_.connection) service_.metrics().connection_closed();
  }

  void start() {
    asio::post(stream_.get_executor(), [self = this->shared_from_this()] { self->begin(); });
  }

  void finish() override {
    asio::post(stream_.get_executor(), [self = this->shared_from_this()] {
      self->finishing_ = true;
      if (self->state_ == State::kIdle) self->close();
    });
  }

 private:
  enum class State {
    kHandshake,
    kIdle,  // waits for a request's first byte
    kReadingHead,
    kReadingBody,
    kAnswering,  // a worker has it
    kWriting,
    kLingering,
    kClosed,
  };

  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  const ServerLimits& limits() const { return service_.options().limits; }

  void begin() {
    if constexpr (kTls) {
      expire_after(kHandshakeTime);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (error || self->state_ == State::kClosed) return self->close();
                                self->wait_for_request();
                              });
    } else {
      wait_for_request();
    }
  }

  // ---- time ----

  void expire_after(Clock::duration time) { expire_at(Clock::now() + time); }

  void expire_at(Clock::time_point time) {
    timer_.expires_at(time);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (error || Clock::now() < self->timer_.expiry()) return;
      self->expired();
    });
  }

  void expired() {
    switch (state_) {
      case State::kReadingHead:
      case State::kReadingBody:
        // Its read ends with an error and finds this.
        timed_out_ = true;
        cancel_socket();
        break;
      case State::kAnswering:
        ticket_.cancel();
        ++answer_;  // what still comes is for nobody
        respond(service_.refuse(
            head_,
            ApiError(503, "deadline_exceeded",
                     fmt::format("no answer was ready within {} s",
                                 std::chrono::duration<double>(limits().request_time).count()),
                     "Send a shorter recording, or try again later.")
                .with_header("Retry-After", "5")));
        break;
      default:
        close();
    }
  }

  // ---- requests ----

  void wait_for_request() {
    state_ = State::kIdle;
    if (finishing_) return close();
    if (buffer_.size() > 0) return read_head();
    // Whoever comes while the server is being stopped is told so, if they ask soon.
    expire_after(service_.draining() ? std::min<Clock::duration>(limits().idle_time, kLastCallTime)
                                     : limits().idle_time);
    watch();
  }

  // Reads what comes between requests: the next one's first bytes, or that the client has gone.
  void watch() {
    if (watching_) return;
    watching_ = true;
    stream_.async_read_some(buffer_.prepare(kReadSize),
                            [self = this->shared_from_this()](error_code error, std::size_t count) {
                              self->watching_ = false;
                              self->watched(error, count);
                            });
  }

  void watched(error_code error, std::size_t count) {
    if (state_ == State::kClosed) return;
    if (error) {
      gone_ = true;
      if (state_ == State::kAnswering) {
        ticket_.cancel();
        ++answer_;
        note_departure();
      }
      if (state_ != State::kWriting) close();
      return;
    }
    buffer_.commit(count);
    if (state_ == State::kIdle) read_head();
  }

  void read_head() {
    state_ = State::kReadingHead;
    head_ = {};
    head_.begin = Clock::now();
    timed_out_ = false;
    route_ = Route::kOther;
    body_bytes_ = 0;
    expire_at(head_.begin + std::min(limits().header_time, limits().request_time));
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits().header_bytes));
    parser_->body_limit(limits().body_bytes);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](error_code error, std::size_t) {
                              self->head_read(error);
                            });
  }

  void head_read(error_code error) {
    if (state_ == State::kClosed) return;
    owed_ = service_.owe_answer();
    const auto begin = head_.begin;
    head_ = request_head(*parser_, peer_, service_.options().trust_proxy);
    head_.begin = begin;
    keep_alive_ = parser_->keep_alive();
    if (error) return reading_failed(error);
    if (const auto offence = offence_of(*parser_)) {
      return respond_and_close(service_.refuse(head_, *offence));
    }
    auto decision = service_.admit(head_);
    if (auto* const response = std::get_if<Response>(&decision)) {
      // A body that was not read would be taken for the next request.
      if (head_.has_body) return respond_and_close(std::move(*response));
      return respond(std::move(*response));
    }
    admitted_ = std::move(std::get<Service::Admitted>(decision));
    route_ = admitted_.route;
    if (route_ == Route::kStream) return upgrade();
    read_body();
  }

  void read_body() {
    state_ = State::kReadingBody;
    expire_at(head_.begin + limits().request_time);
    if (beast::iequals(head_.header("Expect"), "100-continue") && head_.has_body) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                        [self = this->shared_from_this()](error_code error, std::size_t) {
                          if (self->state_ == State::kClosed) return;
                          if (error) return self->close();
                          self->read_body_now();
                        });
      return;
    }
    read_body_now();
  }

  void read_body_now() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code error, std::size_t) {
                       if (self->state_ == State::kClosed) return;
                       if (error) return self->reading_failed(error);
                       self->hand_over();
                     });
  }

  void reading_failed(error_code error) {
    admitted_ = {};
    if (timed_out_) {
      return respond_and_close(service_.refuse(
          head_, ApiError(408, "request_timeout", "the request did not arrive in time",
                          "Send it faster, or in a compressed format.")));
    }
    if (const auto answer = answer_to_malformed(error, limits())) {
      return respond_and_close(service_.refuse(head_, *answer));
    }
    close();
  }

  void hand_over() {
    state_ = State::kAnswering;
    std::string body = std::move(parser_->get().body());
    body_bytes_ = body.size();
    const unsigned answer = ++answer_;
    if (buffer_.size() == 0) watch();  // pipelined requests wait, and so does news of a departure
    ticket_ = service_.handle(
        std::move(admitted_), head_, std::move(body),
        [self = this->shared_from_this(), answer](Response response) {
          asio::post(self->stream_.get_executor(),
                     [self, answer, response = std::move(response)]() mutable {
                       if (self->state_ != State::kAnswering || self->answer_ != answer) return;
                       self->respond(std::move(response));
                     });
        });
    admitted_ = {};
  }

  // The client left before its answer was ready.
  void note_departure() {
    Response response;
    response.status = 499;  // as nginx logs it; nobody is sent it
    response.facts.error_code = "client_gone";
    service_.record(head_, route_, response, body_bytes_);
  }

  // ---- answers ----

  void respond_and_close(Response response) {
    response.close = true;
    respond(std::move(response));
  }

  void respond(Response response) {
    state_ = State::kWriting;
    expire_after(limits().request_time);
    response_ = std::move(response);
    keep_alive_ = keep_alive_ && !response_.close && !finishing_ && !gone_ && !service_.draining();
    message_.emplace(beast_response(response_, head_.method, keep_alive_));
    serializer_.emplace(*message_);
    http::async_write(
        stream_, *serializer_,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->written(error); });
  }

  void written(error_code error) {
    if (state_ == State::kClosed) return;
    service_.record(head_, route_, response_, body_bytes_);
    owed_ = {};
    serializer_.reset();
    message_.reset();
    response_ = {};
    parser_.reset();
    if (error || gone_) return close();
    if (!keep_alive_) return linger();
    wait_for_request();
  }

  // Ends our side and reads on for a while: closing with unread bytes would reset the connection
  // and could take the answer with it.
  void linger() {
    state_ = State::kLingering;
    lingered_ = 0;
    expire_after(kLingerTime);
    buffer_.consume(buffer_.size());
    error_code ignored;
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
    } else {
      stream_.shutdown(Socket::shutdown_send, ignored);
      discard();
    }
  }

  void discard() {
    if (watching_) return close();
    stream_.async_read_some(buffer_.prepare(kReadSize),
                            [self = this->shared_from_this()](error_code error, std::size_t count) {
                              if (self->state_ == State::kClosed) return;
                              self->lingered_ += count;
                              if (error || self->lingered_ > kLingerBytes) return self->close();
                              self->discard();
                            });
  }

  void cancel_socket() {
    error_code ignored;
    beast::get_lowest_layer(stream_).cancel(ignored);
  }

  void close() {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    timer_.cancel();
    ticket_.cancel();
    owed_ = {};
    error_code ignored;
    Socket& socket = beast::get_lowest_layer(stream_);
    socket.shutdown(Socket::shutdown_both, ignored);
    socket.close(ignored);
  }

  // ---- live sessions ----

  void upgrade() {
    if (!boost::beast::websocket::is_upgrade(parser_->get())) {
      admitted_ = {};
      return respond(service_.refuse(
          head_, ApiError(426, "upgrade_required", "this address speaks WebSocket",
                          "Connect with a WebSocket client; docs/api.md describes the messages.")
                     .with_header("Upgrade", "websocket")));
    }
    timer_.cancel();
    state_ = State::kClosed;  // from here on the socket is the session's
    http::request<http::empty_body> request;
    request.method(parser_->get().method());
    request.target(parser_->get().target());
    request.version(parser_->get().version());
    for (const auto& field : parser_->get()) request.insert(field.name_string(), field.value());
    serve_stream(std::move(stream_), std::move(request), std::move(head_), std::move(admitted_),
                 service_, registry_, std::move(seat_));
    owed_ = {};
  }

  Stream stream_;
  asio::steady_timer timer_;
  Service& service_;
  ConnectionRegistry& registry_;
  std::string peer_;
  ConnectionSeat seat_;
  beast::flat_buffer buffer_;

  State state_ = State::kHandshake;
  bool watching_ = false;
  bool gone_ = false;
  bool finishing_ = false;
  bool timed_out_ = false;
  bool keep_alive_ = false;

  // The request at hand.
  std::optional<RequestParser> parser_;
  RequestHead head_;
  Route route_ = Route::kOther;
  std::size_t body_bytes_ = 0;
  Service::Admitted admitted_;
  Budget::Share owed_;  // from its head to the line in the access log
  InferencePool::Ticket ticket_;
  unsigned answer_ = 0;  // tells the answer that is awaited from those that come too late

  // The answer at hand.
  Response response_;
  std::optional<BeastResponse> message_;
  std::optional<http::response_serializer<http::span_body<const char>>> serializer_;
  std::size_t lingered_ = 0;
};

template <class Stream>
void start(Stream stream, Service& service, ConnectionRegistry& registry, std::string peer,
           ConnectionSeat seat) {
  const auto connection = std::make_shared<HttpConnection<Stream>>(
      std::move(stream), service, registry, std::move(peer), std::move(seat));
  registry.add(connection);
  connection->start();
}

}  // namespace

void turn_away(Socket socket) {
  static const std::string kAnswer = [] {
    const std::string body =
        ApiError(503, "overloaded", "too many connections are open", "Try again later.").json();
    return fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: "
        "{}\r\nRetry-After: 2\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{}",
        body.size(), body);
  }();
  // Small enough for any send buffer: what does not fit at once is not worth waiting for.
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.send(asio::buffer(kAnswer), 0, ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
  // The request, if it is there already: unread it would reset the connection.
  char unread[kReadSize];
  socket.receive(asio::buffer(unread), 0, ignored);
}

void serve_http(Socket socket, std::string peer, asio::ssl::context* tls, Service& service,
                ConnectionRegistry& registry, ConnectionSeat seat) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls != nullptr) {
    start(TlsStream(std::move(socket), *tls), service, registry, std::move(peer), std::move(seat));
  } else {
    start(std::move(socket), service, registry, std::move(peer), std::move(seat));
  }
}

}  // namespace undertone::server
