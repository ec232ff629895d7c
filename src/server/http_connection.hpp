// One HTTP/1.1 connection: requests one after another, each with its deadlines.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/service.hpp"

namespace undertone::server {

// What a connection holds of its server's bounded things while it is open.
struct ConnectionSeat {
  Budget::Share connection;
  ClientCounter::Place client;
};

// Takes over a socket that was accepted from the address `peer` and whose executor is a strand, and
// serves it until it is closed: with TLS if there is a context. `registry` is told of it and of the
// live session it may become. All references must outlive the connection.
void serve_http(boost::asio::ip::tcp::socket socket, std::string peer,
                boost::asio::ssl::context* tls, Service& service, ConnectionRegistry& registry,
                ConnectionSeat seat);

// Answers 503 to whatever is asked, and closes: for a client that comes when all seats are taken.
void turn_away(boost::asio::ip::tcp::socket socket);

}  // namespace undertone::server
