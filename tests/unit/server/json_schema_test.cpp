#include "support/json_schema.hpp"

#include <gtest/gtest.h>

namespace undertone::test {
namespace {

using Json = nlohmann::json;

bool valid(const char* schema, const char* value, const char* document = "{}") {
  return JsonSchema(Json::parse(document))
      .violations(Json::parse(schema), Json::parse(value))
      .empty();
}

TEST(JsonSchema, ChecksEachKeyword) {
  EXPECT_TRUE(valid(R"({"type": "integer"})", "3") && valid(R"({"type": "integer"})", "3.0"));
  EXPECT_FALSE(valid(R"({"type": "integer"})", "3.5"));
  EXPECT_TRUE(valid(R"({"type": ["string", "null"]})", "null"));
  EXPECT_FALSE(valid(R"({"type": ["string", "null"]})", "1"));
  EXPECT_TRUE(valid(R"({"enum": [1, "a"]})", "\"a\""));
  EXPECT_FALSE(valid(R"({"enum": [1, "a"]})", "2"));
  EXPECT_FALSE(valid(R"({"const": true})", "false"));
  EXPECT_FALSE(valid(R"({"minimum": 0})", "-0.1"));
  EXPECT_FALSE(valid(R"({"maximum": 1})", "1.1"));
  EXPECT_FALSE(valid(R"({"exclusiveMinimum": 0})", "0"));
  EXPECT_FALSE(valid(R"({"pattern": "^a+$"})", "\"ab\""));
  EXPECT_TRUE(valid(R"({"minLength": 1})", "\"ä\"") && !valid(R"({"minLength": 2})", "\"ä\""));
  EXPECT_FALSE(valid(R"({"required": ["a"]})", R"({"b": 1})"));
  EXPECT_FALSE(valid(R"({"minProperties": 1})", "{}"));
  EXPECT_FALSE(valid(R"({"properties": {"a": {"type": "string"}}})", R"({"a": 1})"));
  EXPECT_FALSE(valid(R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"b": 1})"));
  EXPECT_FALSE(valid(R"({"additionalProperties": {"type": "number"}})", R"({"b": "1"})"));
  EXPECT_FALSE(valid(R"({"items": {"type": "number"}})", R"([1, "2"])"));
  EXPECT_FALSE(valid(R"({"prefixItems": [{"type": "string"}]})", "[1]"));
  EXPECT_TRUE(valid(R"({"prefixItems": [{"type": "string"}], "items": {"type": "number"}})",
                    R"(["a", 1])"));
  EXPECT_FALSE(valid(R"({"minItems": 1})", "[]"));
  EXPECT_FALSE(valid(R"({"maxItems": 1})", "[1, 2]"));
  EXPECT_FALSE(valid(R"({"allOf": [{"minimum": 0}, {"maximum": 1}]})", "2"));
  EXPECT_FALSE(valid(R"({"anyOf": [{"const": 1}, {"const": 2}]})", "3"));
  EXPECT_FALSE(valid(R"({"oneOf": [{"minimum": 0}, {"maximum": 5}]})", "3"));
  EXPECT_TRUE(valid(R"({"oneOf": [{"minimum": 0}, {"maximum": 5}]})", "6"));
  EXPECT_FALSE(valid("false", "1"));
}

TEST(JsonSchema, FollowsReferences) {
  constexpr const char* kDocument = R"({"a": {"b/c": {"type": "string"}}})";
  EXPECT_TRUE(valid(R"({"$ref": "#/a/b~1c"})", "\"x\"", kDocument));
  EXPECT_FALSE(valid(R"({"$ref": "#/a/b~1c"})", "1", kDocument));
  EXPECT_THROW(valid(R"({"$ref": "#/a/d"})", "1", kDocument), std::invalid_argument);
  EXPECT_THROW(valid(R"({"$ref": "other.json"})", "1", kDocument), std::invalid_argument);
  EXPECT_THROW(valid(R"({"$ref": "#/a"})", "1", R"({"a": {"$ref": "#/a"}})"),
               std::invalid_argument);
}

TEST(JsonSchema, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(valid(R"({"maxLength": 3})", "\"a\""), std::invalid_argument);
  EXPECT_THROW(valid(R"({"type": "text"})", "\"a\""), std::invalid_argument);
  EXPECT_THROW(valid("[]", "1"), std::invalid_argument);
}

TEST(JsonSchema, SaysWhere) {
  const auto found =
      JsonSchema(Json::object())
          .violations(Json::parse(R"({"properties": {"a": {"items": {"type": "string"}}}})"),
                      Json::parse(R"({"a": ["x", 1]})"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], "$.a[1]: 1 is not of type \"string\"");
}

}  // namespace
}  // namespace undertone::test
