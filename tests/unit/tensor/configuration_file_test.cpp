// What a checkpoint's configuration may be, and how its values are shown.
#include "tensor/configuration_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace undertone::tensor {
namespace {

using nlohmann::json;
using test::TemporaryFolder;
using test::write_file;

constexpr auto kCorrupt = ErrorCode::kModelCorrupt;

json parse(std::string_view text) { return parse_configuration(text, "config.json"); }

TEST(ConfigurationFile, IsReadWhole) {
  const TemporaryFolder folder;
  write_file(folder / "config.json", R"({"model_type": "hubert", "left_out": null})");
  const json object = parse(read_configuration(folder / "config.json"));
  ASSERT_NE(find_value(object, "model_type"), nullptr);
  EXPECT_EQ(*find_value(object, "model_type"), "hubert");
  EXPECT_EQ(find_value(object, "left_out"), nullptr);
  EXPECT_EQ(find_value(object, "absent"), nullptr);
}

TEST(ConfigurationFile, IsNotThere) {
  const TemporaryFolder folder;
  EXPECT_UNDERTONE_ERROR(read_configuration(folder / "config.json"), ErrorCode::kFileNotFound,
                         "config.json");
}

TEST(ConfigurationFile, HasALimit) {
  const TemporaryFolder folder;
  const std::string limit(std::size_t{1} << 20, ' ');
  write_file(folder / "config.json", limit);
  EXPECT_EQ(read_configuration(folder / "config.json").size(), limit.size());
  write_file(folder / "config.json", limit + " ");
  EXPECT_UNDERTONE_ERROR(read_configuration(folder / "config.json"), kCorrupt,
                         "larger than a configuration can be");
  EXPECT_UNDERTONE_ERROR(parse(limit + "{}"), kCorrupt, "larger than a configuration can be");
}

TEST(ConfigurationFile, HoldsAnObjectOfSomeDepth) {
  EXPECT_UNDERTONE_ERROR(parse("{"), kCorrupt, "not valid JSON");
  EXPECT_UNDERTONE_ERROR(parse("{\"key\": \"\xff\"}"), kCorrupt, "not valid JSON");
  EXPECT_UNDERTONE_ERROR(parse("[]"), kCorrupt, "object was expected");
  const auto nested = [](std::size_t lists) {
    return R"({"key": )" + std::string(lists, '[') + std::string(lists, ']') + "}";
  };
  EXPECT_NO_THROW(parse(nested(15)));
  EXPECT_UNDERTONE_ERROR(parse(nested(100'000)), kCorrupt, "nested too deeply");
}

TEST(ConfigurationFile, ValuesAreShownFitForATerminal) {
  EXPECT_EQ(shown(parse(R"({"key": [1, "two"]})")), R"({"key":[1,"two"]})");
  EXPECT_EQ(shown(json("\x1b[2J\x7f")), R"("\u001b[2J?")");
  EXPECT_LT(shown(json(std::string(10'000, 'x'))).size(), 300U);
}

}  // namespace
}  // namespace undertone::tensor
