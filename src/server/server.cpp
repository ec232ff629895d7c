#include "server/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <fmt/format.h>
#include <thread>
#include <utility>
#include <vector>

#include <undertone/error.hpp>

#include "server/http_connection.hpp"
#include "server/service.hpp"
#include "server/tls.hpp"

namespace undertone::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint endpoint_of(const ServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is no IP address to listen on", options.address),
                "Use 127.0.0.1 (this machine only), 0.0.0.0 (every interface), or one of this "
                "machine's addresses.");
  }
  return {address, options.port};
}

// Where a connection came from, without the port; empty if it is gone already.
std::string address_of(const tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, std::span<const PageAsset> assets)
      : options_(options),
        tls_(tls_context(options.tls_certificate, options.tls_key)),
        service_(options, assets),
        connections_(options.limits.connections),
        peers_(options.limits.client_connections),
        acceptor_(asio::make_strand(context_)),
        retry_(acceptor_.get_executor()) {
    listen(endpoint_of(options));
    asio::post(acceptor_.get_executor(), [this] { accept(); });
    for (unsigned i = 0; i < std::max(1U, options.io_threads); ++i) {
      threads_.emplace_back([this] { context_.run(); });
    }
  }

  ~Impl() { stop(); }

  std::uint16_t port() const { return port_; }

  std::string url() const {
    const bool v6 = options_.address.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", tls_ ? "https" : "http", v6 ? "[" : "", options_.address,
                       v6 ? "]" : "", port_);
  }

  Service& service() { return service_; }

  bool drain_and_stop() {
    service_.begin_draining();
    registry_.finish_all();
    const auto deadline = std::chrono::steady_clock::now() + options_.limits.drain_time;
    while (service_.under_way() > 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const bool done = service_.under_way() == 0;
    stop();
    return done;
  }

  void stop() {
    service_.begin_draining();
    service_.stop_inference();
    context_.stop();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("cannot listen on {} port {}: {}", options_.address, options_.port,
                              error.message()),
                  error == asio::error::address_in_use
                      ? "Another program has that port; choose one with --port."
                      : "Choose --address and --port that this user may listen on.");
    }
    port_ = acceptor_.local_endpoint().port();
  }

  void accept() {
    acceptor_.async_accept(asio::make_strand(context_),
                           [this](error_code error, tcp::socket socket) {
                             if (error == asio::error::operation_aborted) return;
                             if (error) {  // out of descriptors, say: they come back
                               retry_.expires_after(std::chrono::milliseconds(100));
                               retry_.async_wait([this](error_code stopped) {
                                 if (!stopped) accept();
                               });
                               return;
                             }
                             admit(std::move(socket));
                             accept();
                           });
  }

  void admit(tcp::socket socket) {
    std::string peer = address_of(socket);
    ConnectionSeat seat;
    seat.connection = connections_.take(1);
    const bool crowded = !seat.connection;
    if (!crowded && !options_.trust_proxy) seat.client = peers_.enter(peer);
    if (crowded || (!options_.trust_proxy && !seat.client)) {
      service_.metrics().count_rejection(Rejection::kConnectionLimit);
      // TLS would take a handshake to say no.
      if (!tls_) turn_away(std::move(socket));
      return;
    }
    serve_http(std::move(socket), std::move(peer), tls_.get(), service_, registry_,
               std::move(seat));
  }

  ServerOptions options_;
  std::unique_ptr<asio::ssl::context> tls_;
  Service service_;
  Budget connections_;
  ClientCounter peers_;
  ConnectionRegistry registry_;
  // After what its handlers use: connections end with it.
  asio::io_context context_;
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

Server::Server(const ServerOptions& options, std::span<const PageAsset> assets)
    : impl_(std::make_unique<Impl>(options, assets)) {}
Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->port(); }
std::string Server::url() const { return impl_->url(); }

void Server::set_hearing(std::shared_ptr<const Hearing> hearing) {
  impl_->service().set_hearing(std::move(hearing));
}

bool Server::drain_and_stop() { return impl_->drain_and_stop(); }
void Server::stop() { impl_->stop(); }

}  // namespace undertone::server
