#include "download/hub_client.hpp"

#include <algorithm>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <string_view>
#include <utility>

namespace undertone::download {
namespace {

// Of a revision only '/' needs it; every other character is one of a URL's path.
std::string escaped(std::string_view revision) {
  std::string text;
  for (const char c : revision) text += c == '/' ? "%2F" : std::string(1, c);
  return text;
}

Error unusable(const std::string& file, const std::string& what) {
  return {ErrorCode::kDownloadFailed, fmt::format("{}: {}", file, what),
          "Nothing was kept of it. Check HF_ENDPOINT if it is set: it must name a Hugging Face hub "
          "or its mirror."};
}

}  // namespace

Failure failure_of(const TransportError& error) {
  return {Error(ErrorCode::kDownloadFailed, error.what(), error.hint()), error.worth_retrying()};
}

Patience::Patience(const Settings& settings, Notify note, std::stop_token stop)
    : settings_(settings), note_(std::move(note)), stop_(std::move(stop)) {}

void Patience::after(const Failure& failure) {
  if (!failure.worth_retrying || ++failed_ >= settings_.attempts) throw failure.error;
  if (failure.retry_after > settings_.longest_delay) {
    throw Error(
        failure.error.code(),
        fmt::format("{}; it asks to wait {} s", failure.error.what(), failure.retry_after.count()),
        "Try again then; what has come is kept.");
  }
  using Milliseconds = std::chrono::milliseconds;
  const Milliseconds longest = settings_.longest_delay;
  const Milliseconds doubled = settings_.first_delay * (1 << std::min(failed_ - 1, 16));
  const Milliseconds wait = std::min(longest, std::max<Milliseconds>(doubled, failure.retry_after));
  if (note_) {
    note_(fmt::format("{}; trying again in {:.3g} s ({} of {})", failure.error.what(),
                      static_cast<double>(wait.count()) / 1000, failed_, settings_.attempts - 1));
  }
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop_, wait, [] { return false; });
  if (stop_.stop_requested()) throw Error(ErrorCode::kCancelled, "the download was stopped");
}

HubClient::HubClient(const Settings& settings, RepositoryId id, Notify note, std::stop_token stop)
    : settings_(settings),
      id_(std::move(id)),
      note_(std::move(note)),
      stop_(stop),
      http_(settings, std::move(stop)) {}

Failure HubClient::failure_of(const Answer& answer, const std::string& subject) const {
  const std::string page = settings_.endpoint + "/" + id_.repository();
  const std::string_view code = answer.headers.find("X-Error-Code").value_or("");
  const auto denied = [&](const std::string& what) {
    return Failure{Error(ErrorCode::kAccessDenied, fmt::format("{}: {}", subject, what),
                         fmt::format("Accept the licence on {} if it has one to accept, and set "
                                     "HF_TOKEN to an access token of your account.",
                                     page))};
  };
  const auto not_found = [&](const std::string& what) {
    return Failure{
        Error(ErrorCode::kModelNotFound, what, "Look for the model on the hub: " + page)};
  };
  const int status = answer.status;
  if (code == "GatedRepo") return denied("its licence must be accepted before it can be fetched");
  if (code == "RevisionNotFound") {
    return not_found(fmt::format("{} has no revision '{}'", id_.repository(), id_.revision));
  }
  if (code == "EntryNotFound") return not_found(fmt::format("{}: no such file", subject));
  if (code == "RepoNotFound" && settings_.token.empty()) {
    return not_found(
        fmt::format("{}: no such model, or a private one (HF_TOKEN is not set)", id_.repository()));
  }
  if (code == "RepoNotFound" || status == 404) {
    return not_found(fmt::format("{}: no such model or revision", id_.repository()));
  }
  if (status == 401 && settings_.token.empty()) {
    return denied("no such model, or one that only those may fetch whom its owner allows (401)");
  }
  if (status == 401) return denied("the access token is not accepted (401)");
  if (status == 403) return denied("the hub forbids it (403)");
  const bool retry = status == 429 || status == 408 || status >= 500;
  return {
      Error(ErrorCode::kDownloadFailed,
            status == 429 ? fmt::format("{}: too many requests (429)", subject)
                          : fmt::format("{}: the server answers with status {}", subject, status),
            "Try again later; what has come is kept."),
      retry, answer.retry_after, status};
}

Answer HubClient::ask(const Request& request, const std::string& subject,
                      HttpClient::OnAnswer on_answer, HttpClient::OnBody on_body) {
  Patience waiting = patience();
  for (;;) {
    try {
      Answer answer = http_.send(request, on_answer, on_body);
      const bool redirect = request.head && answer.status / 100 == 3;
      if (answer.status == 200 || redirect) return answer;
      waiting.after(failure_of(answer, subject));
    } catch (const TransportError& error) {
      waiting.after(download::failure_of(error));
    }
  }
}

ModelInfo HubClient::describe() {
  Request request;
  request.url = fmt::format("{}/api/models/{}/revision/{}", settings_.endpoint, id_.repository(),
                            escaped(id_.revision));
  request.small = true;
  std::string text;
  const auto begin = [&](const Answer&) { text.clear(); };
  const auto take = [&](std::span<const std::byte> bytes) {
    if (text.size() + bytes.size() > kMostApiBytes) {
      throw unusable(id_.repository(),
                     fmt::format("its description is over {} bytes", kMostApiBytes));
    }
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  ask(request, id_.repository(), begin, take);
  return parse_model_info(text);
}

RemoteFile HubClient::look_up(const std::string& commit, const std::string& file) {
  RemoteFile remote;
  remote.name = file;
  remote.url =
      fmt::format("{}/{}/resolve/{}/{}", settings_.endpoint, id_.repository(), commit, file);
  Request request;
  request.url = remote.url;
  request.head = true;
  const Answer answer = ask(
      request, file, [](const Answer&) {}, [](std::span<const std::byte>) {});
  const auto header = [&](const char* first, const char* second) {
    const auto found = answer.headers.find(first);
    return found ? found : answer.headers.find(second);
  };
  if (const auto said = answer.headers.find("X-Repo-Commit"); said && *said != commit) {
    throw unusable(file, "the server answers for another commit than it was asked for");
  }
  const auto tag = header("X-Linked-Etag", "ETag");
  const auto digest = tag ? parse_digest_etag(*tag) : std::nullopt;
  if (!digest) throw unusable(file, "the server names no checksum, so it could not be verified");
  const auto length = header("X-Linked-Size", "Content-Length");
  const auto size = length ? parse_size(*length) : std::nullopt;
  if (!size) throw unusable(file, "the server does not say how long it is");
  remote.digest = *digest;
  remote.size = *size;
  return remote;
}

void HubClient::fetch(const RemoteFile& file, std::uint64_t from, HttpClient::OnAnswer on_answer,
                      HttpClient::OnBody on_body) {
  Request request;
  request.url = file.url;
  request.from = from;
  request.if_range = file.digest;
  const auto only_good = [&](const Answer& answer) {
    if (answer.status == 200 || answer.status == 206) on_answer(answer);
  };
  try {
    const Answer answer = http_.send(request, only_good, on_body);
    if (answer.status != 200 && answer.status != 206) throw failure_of(answer, file.name);
  } catch (const TransportError& error) {
    throw download::failure_of(error);
  }
}

}  // namespace undertone::download
