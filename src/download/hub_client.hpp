// Questions to a hub, asked again where that may help.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <stop_token>
#include <string>

#include <undertone/error.hpp>

#include "download/http_client.hpp"
#include "download/model_info.hpp"
#include "download/repository_id.hpp"
#include "download/settings.hpp"

namespace undertone::download {

// A file of a model, as the hub declares it.
struct RemoteFile {
  std::string name;
  std::string url;
  std::string digest;  // see parse_digest_etag
  std::uint64_t size = 0;
};

using Notify = std::function<void(const std::string&)>;  // what a user may want to know

// An answer or a broken connection that ends an attempt.
struct Failure {
  Error error;
  bool worth_retrying = false;
  std::chrono::seconds retry_after{0};
  int status = 0;  // of the answer, if there was one
};

// Counts failed attempts and waits between them. Not thread-safe.
class Patience {
 public:
  Patience(const Settings& settings, Notify note, std::stop_token stop);

  // Throws the failure's error if it is not worth another attempt, if there were enough, or if the
  // server asks for a longer wait than Settings::longest_delay; otherwise waits. Throws
  // Error(kCancelled) if a stop is requested meanwhile.
  void after(const Failure& failure);

  // The attempts so far were not in vain: they no longer count.
  void got_further() { failed_ = 0; }

 private:
  const Settings& settings_;
  Notify note_;
  std::stop_token stop_;
  int failed_ = 0;
};

// Asks one hub about one model. Not thread-safe. Throws Error(kModelNotFound),
// Error(kAccessDenied), Error(kDownloadFailed) and Error(kCancelled).
class HubClient {
 public:
  // `settings` must outlive the client.
  HubClient(const Settings& settings, RepositoryId id, Notify note, std::stop_token stop);

  // The commit that the revision stands for, and its files.
  ModelInfo describe();

  // Checksum and size of a file of the commit.
  RemoteFile look_up(const std::string& commit, const std::string& file);

  // One attempt to get the bytes of a file from `from` on; the answer's status is 200 or 206. What
  // else comes is thrown as a Failure.
  void fetch(const RemoteFile& file, std::uint64_t from, HttpClient::OnAnswer on_answer,
             HttpClient::OnBody on_body);

  Patience patience() const { return {settings_, note_, stop_}; }
  void note(const std::string& text) const {
    if (note_) note_(text);
  }
  const std::stop_token& stop() const { return stop_; }

 private:
  // Sends until there is an answer with status 200, or for HEAD a redirect.
  Answer ask(const Request& request, const std::string& subject, HttpClient::OnAnswer on_answer,
             HttpClient::OnBody on_body);
  Failure failure_of(const Answer& answer, const std::string& subject) const;

  const Settings& settings_;
  RepositoryId id_;
  Notify note_;
  std::stop_token stop_;
  HttpClient http_;
};

// What a broken connection comes to.
Failure failure_of(const TransportError& error);

}  // namespace undertone::download
