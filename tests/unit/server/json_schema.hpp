// Enough of JSON Schema to hold our own documents to what they say.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>

namespace undertone::server::test {

// What is wrong with `value`, or nothing. A keyword that is not understood throws, so that a schema
// cannot say more than is checked. "$ref" refers into `document` ("#/components/schemas/...").
inline std::string offence(const nlohmann::json& document, const nlohmann::json& schema,
                           const nlohmann::json& value, const std::string& at = "value") {
  using nlohmann::json;
  static const std::set<std::string> known = {
      "$ref",  "type",    "const",    "enum",       "required", "properties",
      "items", "minimum", "maximum",  "minLength",  "oneOf",    "additionalProperties",
      "title", "default", "minItems", "description"};
  for (const auto& [keyword, unused] : schema.items()) {
    if (!known.contains(keyword)) throw std::invalid_argument("unknown keyword " + keyword);
  }
  if (schema.contains("$ref")) {
    const auto target = json::json_pointer(schema["$ref"].get<std::string>().substr(1));
    return offence(document, document.at(target), value, at);
  }
  if (schema.contains("oneOf")) {
    int fitting = 0;
    std::string reasons;
    for (const json& choice : schema["oneOf"]) {
      const std::string reason = offence(document, choice, value, at);
      fitting += reason.empty() ? 1 : 0;
      reasons += reason + "; ";
    }
    if (fitting != 1) return at + " fits " + std::to_string(fitting) + " choices: " + reasons;
  }
  if (schema.contains("type")) {
    const auto is = [&](const std::string& type) {
      if (type == "integer") return value.is_number() && std::fmod(value.get<double>(), 1.0) == 0.0;
      if (type == "number") return value.is_number();
      return type == std::string(value.type_name());
    };
    const json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
    bool fits = false;
    for (const json& type : types) fits = fits || is(type);
    if (!fits) return at + " is of the type " + value.type_name();
  }
  if (schema.contains("const") && schema["const"] != value) return at + " is another constant";
  if (schema.contains("enum")) {
    bool found = false;
    for (const json& choice : schema["enum"]) found = found || choice == value;
    if (!found) return at + " is none of the enumeration";
  }
  if (value.is_number()) {
    if (value < schema.value("minimum", value)) return at + " is below the minimum";
    if (value > schema.value("maximum", value)) return at + " is above the maximum";
  }
  if (value.is_string() &&
      value.get_ref<const std::string&>().size() < schema.value("minLength", std::size_t{0})) {
    return at + " is too short";
  }
  if (value.is_array()) {
    if (value.size() < schema.value("minItems", std::size_t{0})) return at + " has too few items";
    for (const json& item : value) {
      if (!schema.contains("items")) break;
      const std::string reason = offence(document, schema["items"], item, at + "[]");
      if (!reason.empty()) return reason;
    }
  }
  if (value.is_object()) {
    for (const json& key : schema.value("required", json::array())) {
      if (!value.contains(key.get<std::string>())) {
        return at + " has no " + key.get<std::string>();
      }
    }
    const json properties = schema.value("properties", json::object());
    const json others = schema.value("additionalProperties", json(true));
    for (const auto& [key, member] : value.items()) {
      if (!properties.contains(key) && others == false) return at + " has a strange key " + key;
      const json& its = properties.contains(key) ? properties[key] : others;
      if (!its.is_object()) continue;
      const std::string reason = offence(document, its, member, at + "." + key);
      if (!reason.empty()) return reason;
    }
  }
  return {};
}

}  // namespace undertone::server::test
