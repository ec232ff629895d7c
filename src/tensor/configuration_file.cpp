#include "tensor/configuration_file.hpp"

#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>

#include <undertone/error.hpp>

#include "common/file_checks.hpp"
#include "tensor/printable.hpp"

namespace undertone::tensor {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 16;

[[noreturn]] void corrupt(const std::string& source, const std::string& what) {
  throw Error(ErrorCode::kModelCorrupt, source + ": " + what);
}

[[noreturn]] void too_large(const std::string& source) {
  corrupt(source, "larger than a configuration can be");
}

}  // namespace

std::string read_configuration(const std::filesystem::path& path) {
  require_regular_file(path);
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxBytes) too_large(path.string());
  return text;
}

json parse_configuration(std::string_view text, const std::string& source) {
  if (text.size() > kMaxBytes) too_large(source);
  const json::parser_callback_t limit_depth = [&source](int depth, json::parse_event_t, json&) {
    if (depth > kMaxDepth) corrupt(source, "nested too deeply for a configuration");
    return true;
  };
  json parsed;
  try {
    parsed = json::parse(text, limit_depth);
  } catch (const json::exception& error) {
    corrupt(source, "not valid JSON (" + printable(error.what()) + ")");
  }
  if (!parsed.is_object()) corrupt(source, "a JSON object was expected");
  return parsed;
}

const json* find_value(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string shown(const json& value) {
  return printable(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace undertone::tensor
