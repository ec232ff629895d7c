// The headers of an HTTP answer, and what those that matter to a download say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace undertone::download {

// Not thread-safe.
class Headers {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 10;

  // Takes a line "Name: value", with or without its end; what is no such line is passed over. False
  // once all lines together are longer than kMostBytes.
  bool add_line(std::string_view line);

  // The value of the first header of that name, in any case.
  std::optional<std::string_view> find(std::string_view name) const;

  void clear();

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  std::size_t bytes_ = 0;
};

// Digits only, below 2^63; nothing otherwise.
std::optional<std::uint64_t> parse_size(std::string_view text);

// The digest in an ETag of the hub: 64 (SHA-256) or 40 (a git blob) lowercase hexadecimal digits,
// in quotes or not, weak or not. Nothing if it is of any other form.
std::optional<std::string> parse_digest_etag(std::string_view text);

// "bytes 100-199/200"; `total` is absent where the header has '*'.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;              // inclusive, not below `first`
  std::optional<std::uint64_t> total;  // above `last`
};
std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace undertone::download
