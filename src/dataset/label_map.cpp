#include "dataset/label_map.hpp"

#include <fmt/format.h>

#include <undertone/error.hpp>

#include "dataset/ascii_text.hpp"
#include "dataset/emotion.hpp"

namespace undertone::dataset {

LabelMap LabelMap::parse(std::string_view text) {
  LabelMap map;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view pair = text.substr(0, comma);
    const std::size_t sign = pair.find('=');
    const std::string_view from = trimmed(pair.substr(0, sign));
    const std::string_view to =
        sign == std::string_view::npos ? std::string_view() : trimmed(pair.substr(sign + 1));
    if (from.empty() || to.empty()) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("'{}' does not say which label becomes which", pair),
                  "Write it like joyful=Happy,rage=Angry.");
    }
    if (!map.names_.emplace(lower_case(from), normalize_emotion(to)).second) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("the label '{}' is mapped twice", from));
    }
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return map;
}

std::string LabelMap::apply(std::string_view label) const {
  const auto found = names_.find(lower_case(trimmed(label)));
  return found == names_.end() ? normalize_emotion(label) : found->second;
}

}  // namespace undertone::dataset
