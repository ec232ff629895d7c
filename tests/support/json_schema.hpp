// Checks JSON against the part of JSON Schema 2020-12 that our documents use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace undertone::test {

// A document that holds schemas, and what they refer to by "#/..." inside it. Keywords that are not
// known throw std::invalid_argument rather than be taken for met. Depth of "$ref" chains is
// bounded.
class JsonSchema {
 public:
  using Json = nlohmann::json;

  explicit JsonSchema(Json document) : document_(std::move(document)) {}

  const Json& document() const { return document_; }

  // What "$ref": `reference` names. Throws std::invalid_argument if nothing is there.
  const Json& named(const std::string& reference) const {
    if (!reference.starts_with("#/")) {
      throw std::invalid_argument("not a reference into this document: " + reference);
    }
    const Json::json_pointer pointer(reference.substr(1));
    if (!document_.contains(pointer)) {
      throw std::invalid_argument("a reference to nothing: " + reference);
    }
    return document_.at(pointer);
  }

  // The object itself, or what it refers to.
  const Json& resolve(const Json& object) const {
    const Json* result = &object;
    for (int hops = 0; result->is_object() && result->contains("$ref"); ++hops) {
      if (hops == kMostHops) throw std::invalid_argument("references in a circle");
      result = &named(result->at("$ref").get_ref<const std::string&>());
    }
    return *result;
  }

  // What is wrong with the value, each as "$.path: what"; empty if it is valid.
  std::vector<std::string> violations(const Json& schema, const Json& value) const {
    std::vector<std::string> found;
    check(schema, value, "$", found, 0);
    return found;
  }

 private:
  static constexpr int kMostHops = 64;

  void check(const Json& schema, const Json& value, const std::string& where,
             std::vector<std::string>& found, int depth) const {
    if (depth > kMostHops) throw std::invalid_argument("schemas nest too deeply at " + where);
    if (schema.is_boolean()) {
      if (!schema.get<bool>()) found.push_back(where + ": nothing is allowed here");
      return;
    }
    if (!schema.is_object()) throw std::invalid_argument("no schema: " + schema.dump());
    for (const auto& [keyword, rule] : schema.items()) {
      check_keyword(keyword, rule, schema, value, where, found, depth);
    }
  }

  void check_keyword(const std::string& keyword, const Json& rule, const Json& schema,
                     const Json& value, const std::string& where, std::vector<std::string>& found,
                     int depth) const {
    static const std::set<std::string> annotations = {
        "$schema", "title", "description", "default", "example", "examples", "contentMediaType"};
    const auto fail = [&](const std::string& what) {
      found.push_back(where + ": " + excerpt(value) + " " + what);
    };
    const auto require = [&](bool holds, const std::string& what) {
      if (!holds) fail(what);
    };
    if (annotations.contains(keyword)) return;
    if (keyword == "$ref") {
      check(named(rule.get_ref<const std::string&>()), value, where, found, depth + 1);
    } else if (keyword == "type") {
      const bool one_of_them =
          rule.is_array() ? std::any_of(rule.begin(), rule.end(),
                                        [&](const Json& name) { return is_type(value, name); })
                          : is_type(value, rule);
      require(one_of_them, "is not of type " + rule.dump());
    } else if (keyword == "enum") {
      require(std::find(rule.begin(), rule.end(), value) != rule.end(),
              "is none of " + rule.dump());
    } else if (keyword == "const") {
      require(value == rule, "is not " + rule.dump());
    } else if (keyword == "minimum") {
      if (value.is_number()) require(value.get<double>() >= rule.get<double>(), "is too small");
    } else if (keyword == "maximum") {
      if (value.is_number()) require(value.get<double>() <= rule.get<double>(), "is too large");
    } else if (keyword == "exclusiveMinimum") {
      if (value.is_number()) require(value.get<double>() > rule.get<double>(), "is too small");
    } else if (keyword == "pattern") {
      if (value.is_string()) {
        const std::regex pattern(rule.get<std::string>());
        require(std::regex_search(value.get_ref<const std::string&>(), pattern),
                "does not match " + rule.dump());
      }
    } else if (keyword == "minLength") {
      // In code points: continuation bytes do not count.
      if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        const auto length = std::count_if(text.begin(), text.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        });
        require(static_cast<std::size_t>(length) >= rule.get<std::size_t>(), "is too short");
      }
    } else if (keyword == "required") {
      if (value.is_object()) {
        for (const Json& name : rule) {
          require(value.contains(name.get_ref<const std::string&>()), "lacks " + name.dump());
        }
      }
    } else if (keyword == "minProperties") {
      if (value.is_object()) require(value.size() >= rule.get<std::size_t>(), "has too few keys");
    } else if (keyword == "properties") {
      if (value.is_object()) {
        for (const auto& [name, property] : rule.items()) {
          if (value.contains(name)) {
            check(property, value.at(name), where + "." + name, found, depth + 1);
          }
        }
      }
    } else if (keyword == "additionalProperties") {
      if (value.is_object()) {
        for (const auto& [name, property] : value.items()) {
          if (schema.contains("properties") && schema.at("properties").contains(name)) continue;
          check(rule, property, where + "." + name, found, depth + 1);
        }
      }
    } else if (keyword == "minItems") {
      if (value.is_array()) require(value.size() >= rule.get<std::size_t>(), "has too few items");
    } else if (keyword == "maxItems") {
      if (value.is_array()) require(value.size() <= rule.get<std::size_t>(), "has too many items");
    } else if (keyword == "prefixItems") {
      if (value.is_array()) {
        for (std::size_t i = 0; i < std::min(rule.size(), value.size()); ++i) {
          check(rule[i], value[i], where + "[" + std::to_string(i) + "]", found, depth + 1);
        }
      }
    } else if (keyword == "items") {
      if (value.is_array()) {
        const std::size_t first =
            schema.contains("prefixItems") ? schema.at("prefixItems").size() : 0;
        for (std::size_t i = first; i < value.size(); ++i) {
          check(rule, value[i], where + "[" + std::to_string(i) + "]", found, depth + 1);
        }
      }
    } else if (keyword == "allOf") {
      for (const Json& part : rule) check(part, value, where, found, depth + 1);
    } else if (keyword == "anyOf" || keyword == "oneOf") {
      std::size_t matches = 0;
      std::string reasons;
      for (const Json& part : rule) {
        std::vector<std::string> problems;
        check(part, value, where, problems, depth + 1);
        if (problems.empty()) {
          ++matches;
        } else {
          reasons += (reasons.empty() ? "" : "; ") + problems.front();
        }
      }
      const bool holds = keyword == "anyOf" ? matches >= 1 : matches == 1;
      require(holds,
              "matches " + std::to_string(matches) + " of " + keyword + " (" + reasons + ")");
    } else {
      throw std::invalid_argument("a keyword that is not known at " + where + ": " + keyword);
    }
  }

  static bool is_type(const Json& value, const Json& type) {
    const auto& name = type.get_ref<const std::string&>();
    if (name == "object") return value.is_object();
    if (name == "array") return value.is_array();
    if (name == "string") return value.is_string();
    if (name == "boolean") return value.is_boolean();
    if (name == "null") return value.is_null();
    if (name == "number") return value.is_number();
    if (name == "integer") {
      if (value.is_number_integer()) return true;
      return value.is_number_float() && value.get<double>() == std::trunc(value.get<double>());
    }
    throw std::invalid_argument("a type that is not known: " + name);
  }

  static std::string excerpt(const Json& value) {
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > 80) text = text.substr(0, 77) + "...";
    return text;
  }

  Json document_;
};

}  // namespace undertone::test
