// The WebSocket of a live session.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "server/connection.hpp"
#include "server/http_connection.hpp"
#include "server/http_message.hpp"
#include "server/service.hpp"

namespace undertone::server {

using HandshakeRequest = boost::beast::http::request<boost::beast::http::empty_body>;

// Takes over a connection whose WebSocket handshake was read and admitted, and runs a StreamSession
// on it until it is closed. All references must outlive the connection.
void serve_stream(boost::asio::ip::tcp::socket stream, HandshakeRequest request, RequestHead head,
                  Service::Admitted admitted, Service& service, ConnectionRegistry& registry,
                  ConnectionSeat seat);
void serve_stream(boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream,
                  HandshakeRequest request, RequestHead head, Service::Admitted admitted,
                  Service& service, ConnectionRegistry& registry, ConnectionSeat seat);

}  // namespace undertone::server
