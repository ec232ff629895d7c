// The server's certificate.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

namespace undertone::server {

// TLS 1.2 and newer with the certificate chain and key in two PEM files; null if both paths are
// empty. Throws Error(kInvalidArgument) if only one is given, Error(kFileNotFound, kFileUnreadable)
// or Error(kDataInvalid) naming the file that cannot be used and why.
std::unique_ptr<boost::asio::ssl::context> tls_context(const std::filesystem::path& certificate,
                                                       const std::filesystem::path& key);

}  // namespace undertone::server
