#include "server/tls.hpp"

#include <fmt/format.h>
#include <string>

#include <undertone/error.hpp>

#include "common/file_checks.hpp"

namespace undertone::server {
namespace {

namespace ssl = boost::asio::ssl;

void require_used(const boost::system::error_code& error, const std::filesystem::path& file,
                  const char* as) {
  if (!error) return;
  throw Error(ErrorCode::kDataInvalid,
              fmt::format("{} cannot be used as {}: {}", file.string(), as, error.message()),
              "Both files must be PEM and belong together, and the key must have no passphrase.");
}

}  // namespace

std::unique_ptr<ssl::context> tls_context(const std::filesystem::path& certificate,
                                          const std::filesystem::path& key) {
  if (certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty() || key.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "TLS needs a certificate and its key",
                "Give both --tls-cert and --tls-key, or neither.");
  }
  require_regular_file(certificate);
  require_regular_file(key);
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                       ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  // A passphrase would be asked for on the terminal, where a service has none.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return ""; });
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate.string(), error);
  require_used(error, certificate, "a certificate");
  context->use_private_key_file(key.string(), ssl::context::pem, error);
  require_used(error, key, "the key of that certificate");
  return context;
}

}  // namespace undertone::server
