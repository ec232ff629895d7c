// Between Boost.Beast's messages and the routes' own.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/api_error.hpp"
#include "server/http_message.hpp"
#include "server/server_options.hpp"

namespace undertone::server {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using BeastResponse = boost::beast::http::response<boost::beast::http::span_body<const char>>;

// What was read of a request's head, whole or not, but for `begin`. The client is `peer`, or with
// `trust_proxy` the last address in X-Forwarded-For.
RequestHead request_head(const RequestParser& parser, const std::string& peer, bool trust_proxy);

// What is wrong with a head that the parser let pass. REQUIRES that it was read whole.
std::optional<ApiError> offence_of(const RequestParser& parser);

// What a request that could not be read is answered with; nothing where nobody would read an
// answer.
std::optional<ApiError> answer_to_malformed(const boost::system::error_code& error,
                                            const ServerLimits& limits);

// Refers to the content of `response`, which must outlive it.
BeastResponse beast_response(const Response& response, std::string_view method, bool keep_alive);

}  // namespace undertone::server
