#include "download/http_client.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <exception>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include <undertone/error.hpp>
#include <undertone/version.hpp>

namespace undertone::download {
namespace {

constexpr int kMostRedirects = 8;
constexpr long kSlowest = 512;  // bytes a second, over Settings::stall
constexpr std::size_t kMostDroppedBytes = std::size_t{1} << 20;

struct UrlRelease {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct EasyRelease {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListRelease {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct TextRelease {
  void operator()(char* text) const { curl_free(text); }
};
using HeaderList = std::unique_ptr<curl_slist, ListRelease>;

// Scheme, host and port: what decides who is allowed to see a token.
struct Origin {
  std::string scheme;
  std::string host;
  std::string port;

  bool operator==(const Origin&) const = default;
  bool is_this_machine() const {
    return host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
  }
};

// Nothing if it is no http or https URL, or one with a user's name in it.
std::optional<Origin> origin_of(const std::string& url) {
  const std::unique_ptr<CURLU, UrlRelease> parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != 0) {
    return std::nullopt;
  }
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    curl_url_get(parsed.get(), which, &text, CURLU_DEFAULT_PORT);
    const std::unique_ptr<char, TextRelease> owned(text);
    std::string result = owned ? owned.get() : "";
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
  };
  Origin origin{part(CURLUPART_SCHEME), part(CURLUPART_HOST), part(CURLUPART_PORT)};
  if ((origin.scheme != "http" && origin.scheme != "https") || origin.host.empty()) {
    return std::nullopt;
  }
  return origin;
}

void append(HeaderList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw Error(ErrorCode::kInternal, "libcurl cannot be started");
}

constexpr const char* kNoNetwork =
    "Without a network, copy the model's folder (config.json, preprocessor_config.json and the "
    "weights) from a machine that has one and name it with --encoder; behind a mirror, set "
    "HF_ENDPOINT; behind a proxy, https_proxy.";

}  // namespace

struct HttpClient::Connection {
  Connection(const Settings& given, std::stop_token stopper)
      : settings(given), stop(std::move(stopper)) {
    start_curl();
    const auto own = origin_of(settings.endpoint);
    if (!own) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("the hub's address '{}' is no http or https URL",
                              settings.endpoint.substr(0, 200)),
                  "Correct HF_ENDPOINT, or unset it for https://huggingface.co.");
    }
    endpoint = *own;
    handle.reset(curl_easy_init());
    if (!handle) throw Error(ErrorCode::kInternal, "libcurl cannot be started");
  }

  const Settings& settings;
  std::stop_token stop;
  Origin endpoint;
  std::unique_ptr<CURL, EasyRelease> handle;
  bool reached = false;  // any server has answered: there is a network

  // Of the exchange that is under way.
  const OnAnswer* on_answer = nullptr;
  const OnBody* on_body = nullptr;
  Answer answer;
  bool headers_done = false;
  bool told = false;
  bool headers_too_long = false;
  std::size_t dropped = 0;
  bool body_too_long = false;
  std::exception_ptr thrown;

  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(handle.get(), option, value) != CURLE_OK) {
      throw Error(ErrorCode::kInternal,
                  fmt::format("libcurl does not know option {}", static_cast<int>(option)));
    }
  }

  long number(CURLINFO info) const {
    long value = 0;
    curl_easy_getinfo(handle.get(), info, &value);
    return value;
  }

  bool redirected() const {
    return answer.status == 301 || answer.status == 302 || answer.status == 303 ||
           answer.status == 307 || answer.status == 308;
  }

  // Libcurl calls these; no exception may pass through it.
  static std::size_t take_header(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Connection*>(self)->header({data, size}) ? size : 0;
  }
  static std::size_t take_body(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Connection*>(self)->body(std::as_bytes(std::span(data, size))) ? size : 0;
  }
  static int take_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Connection*>(self)->stop.stop_requested() ? 1 : 0;
  }

  bool header(std::string_view line) try {
    if (headers_done && !line.starts_with("HTTP/")) return true;  // trailers
    if (line.starts_with("HTTP/")) {
      answer = {};
      headers_done = false;
      return true;
    }
    if (line == "\r\n" || line == "\n") {
      answer.status = static_cast<int>(number(CURLINFO_RESPONSE_CODE));
      headers_done = answer.status >= 200;
      return true;
    }
    headers_too_long = !answer.headers.add_line(line);
    return !headers_too_long;
  } catch (...) {
    thrown = std::current_exception();
    return false;
  }

  void tell_answer() {
    if (std::exchange(told, true)) return;
    if (const auto text = answer.headers.find("Content-Length")) {
      answer.content_length = parse_size(*text);
    }
    curl_off_t wait = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RETRY_AFTER, &wait);
    constexpr curl_off_t kDay = 86400;
    answer.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(wait, 0, kDay));
    reached = true;
    if (!redirected()) (*on_answer)(answer);
  }

  bool body(std::span<const std::byte> bytes) try {
    tell_answer();
    if (answer.status != 200 && answer.status != 206) {
      dropped += bytes.size();
      body_too_long = dropped > kMostDroppedBytes;
      return !body_too_long;
    }
    (*on_body)(bytes);
    return true;
  } catch (...) {
    thrown = std::current_exception();
    return false;
  }

  HeaderList request_headers(const Request& request, const Origin& target) {
    HeaderList list;
    // A compressed body would have another length and checksum than what is asked for.
    append(list, "Accept-Encoding: identity");
    if (target != endpoint) return list;
    const bool private_line = target.scheme == "https" || target.is_this_machine();
    if (!settings.token.empty() && private_line) {
      append(list, "Authorization: Bearer " + settings.token);
    }
    // The hub's ETag says nothing to the storage that it redirects to, which would answer with the
    // whole file; what is joined there is told by the checksum.
    if (request.from > 0 && !request.if_range.empty()) {
      append(list, "If-Range: \"" + request.if_range + "\"");
    }
    return list;
  }

  void prepare(const std::string& url, const Request& request, const curl_slist* headers) {
    curl_easy_reset(handle.get());  // keeps the connections
    const std::string agent = fmt::format("undertone/{}", version());
    const std::string range = fmt::format("{}-", request.from);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, endpoint.scheme == "http" ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, agent.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // a proxy sees no token
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_NOBODY, request.head ? 1L : 0L);
    if (request.from > 0) set(CURLOPT_RANGE, range.c_str());
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!settings.ca_file.empty()) set(CURLOPT_CAINFO, settings.ca_file.c_str());
    if (!settings.ca_folder.empty()) set(CURLOPT_CAPATH, settings.ca_folder.c_str());
    const long stall = static_cast<long>(settings.stall.count());
    set(CURLOPT_CONNECTTIMEOUT, stall);
    set(CURLOPT_LOW_SPEED_LIMIT, kSlowest);
    set(CURLOPT_LOW_SPEED_TIME, stall);
    if (request.head || request.small)
      set(CURLOPT_TIMEOUT, static_cast<long>(kLongestSmallRequest.count()));
    set(CURLOPT_HEADERFUNCTION, &Connection::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Connection::take_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Connection::take_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_BUFFERSIZE, 256L << 10);
  }

  [[noreturn]] void fail(CURLcode code, const std::string& host, const char* detail) {
    const std::string reason = *detail != '\0' ? detail : curl_easy_strerror(code);
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
      case CURLE_COULDNT_CONNECT:
        // Where nothing was ever reached there is no network, which does not come by waiting.
        throw TransportError(fmt::format("{} cannot be reached: {}", host, reason), kNoNetwork,
                             reached);
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_CERTPROBLEM:
        throw TransportError(fmt::format("{} cannot be trusted: {}", host, reason),
                             "Behind a proxy that inspects TLS, name its certificate in "
                             "SSL_CERT_FILE or CURL_CA_BUNDLE.",
                             false);
      case CURLE_OPERATION_TIMEDOUT:
        throw TransportError(
            fmt::format("{} was too slow: {}", host, reason),
            "Try again later; what has come is kept. HF_HUB_DOWNLOAD_TIMEOUT sets how many seconds "
            "without progress are borne.",
            true);
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_OUT_OF_MEMORY:
        throw TransportError(fmt::format("{}: {}", host, reason), "", false);
      default:
        throw TransportError(fmt::format("the connection to {} broke: {}", host, reason),
                             "Try again: what has come is kept.", true);
    }
  }

  void exchange(const std::string& url, const Request& request, const Origin& target) {
    const HeaderList headers = request_headers(request, target);
    prepare(url, request, headers.get());
    char detail[CURL_ERROR_SIZE] = {};
    set(CURLOPT_ERRORBUFFER, detail);
    answer = {};
    headers_done = told = headers_too_long = body_too_long = false;
    dropped = 0;
    thrown = nullptr;
    const CURLcode code = curl_easy_perform(handle.get());
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, nullptr);
    if (stop.stop_requested()) throw Error(ErrorCode::kCancelled, "the download was stopped");
    if (thrown) std::rethrow_exception(thrown);
    // A single line beyond its own limit libcurl calls a lack of memory.
    if (headers_too_long || (code == CURLE_OUT_OF_MEMORY && !headers_done)) {
      throw TransportError(fmt::format("{} answers with more than {} bytes of headers", target.host,
                                       Headers::kMostBytes),
                           "This is no Hugging Face hub. Check HF_ENDPOINT.", false);
    }
    // Of an answer whose body is dropped, what there was of it will do.
    const bool enough = headers_done && answer.status >= 300;
    if (code != CURLE_OK && !enough) fail(code, target.host, detail);
    if (!headers_done) fail(CURLE_GOT_NOTHING, target.host, detail);
    tell_answer();
  }

  // Where the answer redirects to, as an absolute URL.
  std::string location(const Origin& from) const {
    char* url = nullptr;
    curl_easy_getinfo(handle.get(), CURLINFO_REDIRECT_URL, &url);
    if (url == nullptr) {
      throw TransportError(fmt::format("{} redirects to nowhere", from.host), "", false);
    }
    return url;
  }
};

HttpClient::HttpClient(const Settings& settings, std::stop_token stop)
    : connection_(std::make_unique<Connection>(settings, std::move(stop))) {}
HttpClient::~HttpClient() = default;

Answer HttpClient::send(const Request& request, OnAnswer on_answer, OnBody on_body) {
  Connection& connection = *connection_;
  connection.on_answer = &on_answer;
  connection.on_body = &on_body;
  std::string url = request.url;
  std::optional<Origin> target = origin_of(url);
  if (!target) throw Error(ErrorCode::kInternal, "asked for what is no URL");
  for (int redirects = 0;; ++redirects) {
    connection.exchange(url, request, *target);
    if (!connection.redirected()) return std::move(connection.answer);
    const std::string next_url = connection.location(*target);
    const std::optional<Origin> next = origin_of(next_url);
    const auto refuse = [&](std::string_view why) {
      throw TransportError(fmt::format("{} redirects {}", target->host, why),
                           "Check HF_ENDPOINT, and the proxy if there is one.", false);
    };
    if (!next) refuse("to something else than http or https");
    if (target->scheme == "https" && next->scheme == "http") refuse("from https to http");
    if (request.head && *next != connection.endpoint) {
      on_answer(connection.answer);
      return std::move(connection.answer);
    }
    if (redirects == kMostRedirects) refuse(fmt::format("more than {} times", kMostRedirects));
    url = next_url;
    target = next;
  }
}

}  // namespace undertone::download
