#include "server/stream_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/stream_session.hpp"

namespace undertone::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using Clock = std::chrono::steady_clock;
using boost::system::error_code;

// Beyond the session's own limits, so that it is the session that tells the client what is too
// much.
constexpr std::size_t kReadLimitFactor = 4;
// Messages for a client that does not read them; a measurement has some 300 bytes.
constexpr std::size_t kMostUnsent = 256;
constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kCloseTime{5};

StreamLimits stream_limits(const ServerLimits& limits) {
  StreamLimits result;
  result.idle = limits.stream_idle;
  result.session = limits.stream_session;
  return result;
}

template <class Stream>
class StreamConnection final : public Connection,
                               public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  StreamConnection(Stream stream, RequestHead head, Service::Admitted admitted, Service& service,
                   ConnectionSeat seat)
      : socket_(std::move(stream)),
        timer_(socket_.get_executor()),
        head_(std::move(head)),
        admitted_(std::move(admitted)),
        service_(service),
        seat_(std::move(seat)) {}

  ~StreamConnection() override {
    leave_room();
    service_.metrics().connection_closed();
  }

  void start(HandshakeRequest request) {
    websocket::stream_base::timeout times{};
    times.handshake_timeout = kHandshakeTime;
    times.idle_timeout = websocket::stream_base::none();  // the session's business
    times.keep_alive_pings = false;
    socket_.set_option(times);
    socket_.set_option(websocket::stream_base::decorator(
        [id = head_.id](websocket::response_type& response) { response.set("X-Request-Id", id); }));
    socket_.read_message_max(kReadLimitFactor * StreamLimits{}.message_bytes);
    request_ = std::move(request);
    socket_.async_accept(
        request_, [self = this->shared_from_this()](error_code error) { self->accepted(error); });
  }

  void finish() override {
    asio::post(socket_.get_executor(), [self = this->shared_from_this()] {
      if (self->session_) self->act(self->session_->on_shutdown());
    });
  }

 private:
  void accepted(error_code error) {
    Response response;  // for the log: what was answered to the handshake
    response.status = error ? 400 : 101;
    if (error) response.facts.error_code = "bad_request";
    service_.record(head_, Route::kStream, response, 0);
    if (error) return;
    request_ = {};
    room_ = service_.enter_stream();
    if (!room_) {
      service_.metrics().count_rejection(Rejection::kStreamLimit);
      return refuse(
          ApiError(503, "overloaded", "too many live sessions are open", "Try again in a moment."));
    }
    service_.metrics().stream_opened();
    session_.emplace(stream_limits(service_.options().limits), admitted_.hearing->labels(),
                     Clock::now());
    if (service_.draining()) return act(session_->on_shutdown());
    wait_for_deadline();
    read();
  }

  void refuse(const ApiError& error) {
    unsent_.push_back(error_message(error));
    close_ = StreamClose{StreamError::of_server(error).close(), error.code()};
    write_next();
  }

  void read() {
    socket_.async_read(buffer_, [self = this->shared_from_this()](error_code error, std::size_t) {
      self->was_read(error);
    });
  }

  void was_read(error_code error) {
    if (session_->closed()) return;
    if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
      return act(session_->on_oversized());
    }
    if (error) return end();
    const auto data = buffer_.cdata();
    const auto now = Clock::now();
    if (socket_.got_text()) {
      act(session_->on_text({static_cast<const char*>(data.data()), data.size()}, now));
    } else {
      act(session_->on_binary({static_cast<const std::byte*>(data.data()), data.size()}, now));
    }
    buffer_.consume(buffer_.size());
    if (!session_->closed()) read();
  }

  void act(StreamActions actions) {
    for (std::string& message : actions.messages) {
      // Who does not read what they asked for is not listening.
      if (unsent_.size() >= kMostUnsent) return end();
      unsent_.push_back(std::move(message));
    }
    if (actions.measure) measure(std::move(*actions.measure));
    if (actions.close) close_ = std::move(actions.close);
    if (!writing_) write_next();
    count();
    wait_for_deadline();
  }

  // What the session did since the last time.
  void count() {
    const Summary& now = session_->summary();
    ServiceMetrics& metrics = service_.metrics();
    const std::uint64_t silent = now.silent - counted_.silent;
    const std::uint64_t measured = now.measurements - counted_.measurements - silent;
    for (std::uint64_t i = 0; i < measured; ++i) metrics.count_stream_measurement();
    for (std::uint64_t i = 0; i < silent; ++i) metrics.count_stream_silent();
    if (now.skipped > counted_.skipped) {
      metrics.count_stream_skipped(now.skipped - counted_.skipped);
    }
    counted_ = now;
  }

  void measure(MeasureRequest request) {
    const std::uint64_t sequence = request.sequence;
    const bool queued = service_.measure(
        admitted_.hearing, std::move(request.samples),
        [self = this->shared_from_this(), sequence](std::variant<Prediction, ApiError> outcome) {
          asio::post(self->socket_.get_executor(), [self, sequence,
                                                    outcome = std::move(outcome)]() mutable {
            if (self->session_->closed()) return;
            if (const auto* const error = std::get_if<ApiError>(&outcome)) {
              self->act(self->session_->on_failure(sequence, *error));
            } else {
              self->act(self->session_->on_result(sequence, std::get<Prediction>(outcome)));
            }
          });
        },
        &ticket_);
    if (!queued) act(session_->on_refused(sequence));
  }

  void write_next() {
    if (ended_) return;
    if (unsent_.empty()) {
      if (close_) begin_close();
      return;
    }
    writing_ = true;
    socket_.text(true);
    socket_.async_write(asio::buffer(unsent_.front()),
                        [self = this->shared_from_this()](error_code error, std::size_t) {
                          self->writing_ = false;
                          if (error) return self->end();
                          self->unsent_.pop_front();
                          self->write_next();
                        });
  }

  void begin_close() {
    if (closing_) return;
    closing_ = true;
    ticket_.cancel();
    timer_.expires_after(kCloseTime);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error) self->end();
    });
    websocket::close_reason reason(static_cast<websocket::close_code>(close_->code));
    reason.reason = close_->reason;
    socket_.async_close(reason, [self = this->shared_from_this()](error_code) { self->end(); });
  }

  void wait_for_deadline() {
    if (closing_ || ended_) return;
    const auto deadline = session_->deadline();
    if (!deadline || deadline == waiting_for_) return;
    waiting_for_ = deadline;
    timer_.expires_at(*deadline);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (error || self->closing_ || self->ended_) return;
      self->waiting_for_.reset();
      self->act(self->session_->on_tick(Clock::now()));
      self->wait_for_deadline();
    });
  }

  // Without ceremony: the client has gone, or does not keep to the protocol.
  void end() {
    if (ended_) return;
    ended_ = true;
    timer_.cancel();
    ticket_.cancel();
    error_code ignored;
    auto& socket = beast::get_lowest_layer(socket_);
    socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
    leave_room();
  }

  void leave_room() {
    if (!room_) return;
    service_.metrics().stream_closed();
    room_ = {};
  }

  websocket::stream<Stream, false> socket_;
  asio::steady_timer timer_;
  RequestHead head_;
  Service::Admitted admitted_;
  Service& service_;
  ConnectionSeat seat_;
  HandshakeRequest request_;
  std::optional<StreamSession> session_;  // none where there is no room
  Summary counted_;
  Budget::Share room_;
  InferencePool::Ticket ticket_;
  beast::flat_buffer buffer_;

  std::deque<std::string> unsent_;
  bool writing_ = false;
  std::optional<StreamClose> close_;  // once everything is written
  bool closing_ = false;
  bool ended_ = false;
  std::optional<StreamTime> waiting_for_;
};

template <class Stream>
void serve(Stream stream, HandshakeRequest request, RequestHead head, Service::Admitted admitted,
           Service& service, ConnectionRegistry& registry, ConnectionSeat seat) {
  const auto connection = std::make_shared<StreamConnection<Stream>>(
      std::move(stream), std::move(head), std::move(admitted), service, std::move(seat));
  registry.add(connection);
  connection->start(std::move(request));
}

}  // namespace

void serve_stream(asio::ip::tcp::socket stream, HandshakeRequest request, RequestHead head,
                  Service::Admitted admitted, Service& service, ConnectionRegistry& registry,
                  ConnectionSeat seat) {
  serve(std::move(stream), std::move(request), std::move(head), std::move(admitted), service,
        registry, std::move(seat));
}

void serve_stream(asio::ssl::stream<asio::ip::tcp::socket> stream, HandshakeRequest request,
                  RequestHead head, Service::Admitted admitted, Service& service,
                  ConnectionRegistry& registry, ConnectionSeat seat) {
  serve(std::move(stream), std::move(request), std::move(head), std::move(admitted), service,
        registry, std::move(seat));
}

}  // namespace undertone::server
