// What a hub answers: the first byte chooses the parser. Whatever is accepted must be harmless.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <undertone/error.hpp>

#include "download/http_headers.hpp"
#include "download/model_info.hpp"
#include "download/repository_id.hpp"

namespace {

using namespace undertone::download;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_headers(std::string_view text) {
  Headers headers;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!headers.add_line(text.substr(begin, end - begin))) break;
    begin = end + 1;
  }
  if (const auto tag = headers.find("ETag")) {
    const auto digest = parse_digest_etag(*tag);
    require(!digest || ((digest->size() == 40 || digest->size() == 64) &&
                        digest->find_first_not_of("0123456789abcdef") == std::string::npos));
  }
  if (const auto size = headers.find("Content-Length")) {
    require(parse_size(*size).value_or(0) <= INT64_MAX);
  }
  if (const auto text_of_range = headers.find("Content-Range")) {
    const auto range = parse_content_range(*text_of_range);
    require(!range ||
            (range->first <= range->last && (!range->total || *range->total > range->last)));
  }
}

void check_name(std::string_view text) {
  const RepositoryId id = parse_repository_id(text);
  for (const std::string& part : {id.owner, id.name}) {
    require(std::filesystem::path(part).filename() == part && part != ".." && part != ".");
  }
  for (const auto& part : std::filesystem::path(id.revision)) require(part != ".." && part != "/");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0]) {
      case 'i':
        require(is_commit(parse_model_info(text).commit));
        break;
      case 's':
        for (const std::string& name : parse_shard_names(text, "fuzz")) {
          require(std::filesystem::path(name).filename() == name && name != ".." && name != ".");
        }
        break;
      case 'h':
        check_headers(text);
        break;
      case 'n':
        check_name(text);
        break;
      default:
        break;
    }
  } catch (const undertone::Error&) {
  }
  return 0;
}
