// The description against docs/api.md, and against itself.
#include "server/openapi.hpp"

#include <cctype>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <undertone/version.hpp>

#include "support/json_schema.hpp"
#include "support/paths.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::server {
namespace {

using Json = nlohmann::json;
using test::JsonSchema;
using Rows = std::vector<std::vector<std::string>>;

const JsonSchema& document() {
  static const JsonSchema parsed(Json::parse(openapi_document()));
  return parsed;
}

// The cells of the table whose header begins with `first_column`, without the header.
Rows table(const std::string& first_column) {
  std::istringstream lines(test::read_file(std::string(UNDERTONE_SOURCE_DIR) + "/docs/api.md"));
  Rows rows;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| " + first_column + " |")) {
      inside = true;
    } else if (inside && line.starts_with("| ")) {
      std::vector<std::string> cells;
      std::istringstream row(line.substr(1));
      for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
      rows.push_back(cells);
    } else if (inside && !line.starts_with("|---")) {
      break;
    }
  }
  EXPECT_FALSE(rows.empty()) << "docs/api.md has no table that begins with " << first_column;
  return rows;
}

// What stands between backticks.
std::vector<std::string> quoted(const std::string& text) {
  static const std::regex code("`([^`]*)`");
  std::vector<std::string> result;
  for (std::sregex_iterator i(text.begin(), text.end(), code), end; i != end; ++i) {
    result.push_back((*i)[1]);
  }
  return result;
}

const std::set<std::string> kMethods = {"get", "put", "post", "delete", "options", "head", "patch"};

void for_each_operation(
    const std::function<void(const std::string& name, const Json& operation)>& visit) {
  for (const auto& [path, item] : document().document()["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (kMethods.contains(method)) visit(method + " " + path, operation);
    }
  }
}

// Every object in it, with where it is.
void for_each_object(const Json& json, const std::string& where,
                     const std::function<void(const std::string&, const Json&)>& visit) {
  if (json.is_object()) visit(where, json);
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) for_each_object(value, where + "/" + key, visit);
}

TEST(OpenApi, SaysItsVersionAndOurs) {
  EXPECT_EQ(document().document()["openapi"], "3.1.0");
  EXPECT_EQ(document().document()["info"]["version"], std::string(version()));
  EXPECT_EQ(openapi_document().find("@PROJECT"), std::string_view::npos);
}

TEST(OpenApi, RefersOnlyToWhatIsThere) {
  int references = 0;
  for_each_object(document().document(), "#", [&](const std::string& where, const Json& object) {
    if (!object.contains("$ref")) return;
    EXPECT_NO_THROW(document().resolve(object)) << where;
    ++references;
  });
  EXPECT_GT(references, 50);
}

TEST(OpenApi, HasNoPartThatNothingRefersTo) {
  std::set<std::string> referred;
  for_each_object(document().document(), "#", [&](const std::string&, const Json& object) {
    if (object.contains("$ref")) referred.insert(object["$ref"].get<std::string>());
  });
  for (const auto& [kind, parts] : document().document()["components"].items()) {
    for (const auto& [name, part] : parts.items()) {
      // Answers to what is no operation.
      if (kind == "responses" && name == "405") continue;
      EXPECT_TRUE(referred.contains("#/components/" + kind + "/" + name)) << kind << "/" << name;
    }
  }
}

TEST(OpenApi, HasTheRoutesOfTheDocument) {
  std::set<std::string> documented;
  for (const auto& row : table("route")) {
    for (std::string route : quoted(row.at(0))) {
      const std::size_t space = route.find(' ');
      std::string method = route.substr(0, space);
      for (char& c : method) c = static_cast<char>(std::tolower(c));
      std::string path = route.substr(space + 1);
      if (const std::size_t rest = path.find("…"); rest != std::string::npos) {
        path = path.substr(0, rest) + "{path}";
      }
      documented.insert(method + " " + path);
    }
  }
  std::set<std::string> described;
  for_each_operation([&](const std::string& name, const Json&) { described.insert(name); });
  EXPECT_EQ(described, documented);
}

TEST(OpenApi, HasTheErrorsOfTheDocument) {
  using Codes = std::map<std::string, std::set<std::string>>;
  Codes documented;
  for (const auto& row : table("status")) {
    const auto codes = quoted(row.at(1));
    const std::string status = row.at(0).substr(1, 3);
    documented[status] = std::set<std::string>(codes.begin(), codes.end());
  }
  Codes described;
  for (const auto& [status, response] : document().document()["components"]["responses"].items()) {
    const Json& schema = response["content"]["application/json"]["schema"];
    const Json& narrowed = schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"];
    described[status] = narrowed.get<std::set<std::string>>();
  }
  EXPECT_EQ(described, documented);
}

TEST(OpenApi, GivesEachOperationTheErrorsOfItsStatus) {
  std::set<std::string> ids;
  for_each_operation([&](const std::string& name, const Json& operation) {
    EXPECT_TRUE(ids.insert(operation["operationId"].get<std::string>()).second) << name;
    bool succeeds = false;
    for (const auto& [status, response] : operation["responses"].items()) {
      ASSERT_TRUE(std::regex_match(status, std::regex("[1-5][0-9]{2}"))) << name;
      if (status[0] >= '4') {
        EXPECT_EQ(response.value("$ref", ""), "#/components/responses/" + status) << name;
      } else {
        succeeds = true;
      }
    }
    EXPECT_TRUE(succeeds) << name;
    for (const char* always : {"400", "408", "431", "500", "503"}) {
      EXPECT_TRUE(operation["responses"].contains(always)) << name << " " << always;
    }
  });
}

TEST(OpenApi, HasTheQueryOfTheDocument) {
  std::set<std::string> documented;
  for (const auto& row : table("query")) documented.insert(quoted(row.at(0)).at(0));
  std::set<std::string> described;
  for (const Json& reference :
       document().document()["paths"]["/emotion_predict"]["post"]["parameters"]) {
    const Json& parameter = document().resolve(reference);
    if (parameter["in"] == "query") described.insert(parameter["name"].get<std::string>());
  }
  EXPECT_EQ(described, documented);
}

TEST(OpenApi, HasExamplesThatAreValid) {
  int examples = 0;
  const auto expect_valid = [&](const Json& schema, const Json& example, const std::string& where) {
    EXPECT_EQ(document().violations(schema, example), std::vector<std::string>()) << where;
    ++examples;
  };
  for_each_object(document().document(), "#", [&](const std::string& where, const Json& object) {
    if (!object.contains("schema")) return;
    if (object.contains("example")) {
      // Parameters that are numbers stand in a query as text; their example is the number.
      expect_valid(object["schema"], object["example"], where);
    }
    if (object.contains("examples")) {
      for (const auto& [name, example] : object["examples"].items()) {
        expect_valid(object["schema"], example["value"], where + "/" + name);
      }
    }
  });
  EXPECT_GE(examples, 20);
}

TEST(OpenApi, HasAnExampleOfEveryJsonAnswer) {
  for_each_object(document().document(), "#", [&](const std::string& where, const Json& object) {
    if (!where.ends_with("/application~1json") && !where.ends_with("/application/json")) return;
    if (where.find("/openapi.json/") != std::string::npos) return;  // this document itself
    EXPECT_TRUE(object.contains("example") || object.contains("examples")) << where;
  });
}

TEST(OpenApi, DescribesItself) {
  const Json& schema = document().document()["paths"]["/openapi.json"]["get"]["responses"]["200"]
                                            ["content"]["application/json"]["schema"];
  EXPECT_TRUE(document().violations(schema, document().document()).empty());
}

TEST(OpenApi, RefusesAnswersThatAreNotAsDescribed) {
  const Json& schema = document().named("#/components/schemas/Prediction");
  const Json& valid =
      document().document()["paths"]["/emotion_predict"]["post"]["responses"]["200"]["content"]
                           ["application/json"]["examples"]["long"]["value"];
  const auto refuses = [&](const std::function<void(Json&)>& damage) {
    Json damaged = valid;
    damage(damaged);
    return !document().violations(schema, damaged).empty();
  };
  EXPECT_FALSE(refuses([](Json&) {}));
  EXPECT_TRUE(refuses([](Json& json) { json.erase("label"); }));
  EXPECT_TRUE(refuses([](Json& json) { json["extra"] = 1; }));
  EXPECT_TRUE(refuses([](Json& json) { json["confidence"] = 1.5; }));
  EXPECT_TRUE(refuses([](Json& json) { json["probabilities"]["Happy"] = nullptr; }));
  EXPECT_TRUE(refuses([](Json& json) { json["windows"][1]["label"] = "Happy"; }));
  EXPECT_TRUE(refuses([](Json& json) { json["windows"][0]["label"] = nullptr; }));
  EXPECT_TRUE(refuses([](Json& json) { json["model"].erase("bundle"); }));
  EXPECT_TRUE(refuses([](Json& json) { json["model"]["head"] = "EmotionModel"; }));
  EXPECT_FALSE(refuses([](Json& json) {
    json["model"].erase("bundle");
    json["model"]["head"] = "EmotionModel";
  }));
  EXPECT_TRUE(refuses([](Json& json) { json["warnings"] = {{{"code", "odd"}, {"message", ""}}}; }));
}

}  // namespace
}  // namespace undertone::server
