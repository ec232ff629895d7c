// Every situation that the design names, as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_environment.hpp"
#include "support/wav.hpp"

namespace undertone::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kLfsPointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n";

class Situation : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    write_file(folder_ / name, content);
    return (folder_ / name).string();
  }

  // The codes of the warnings of a prediction, which must be made.
  std::vector<std::string> warnings(const std::vector<float>& samples) {
    const ProgramResult result = undertone({"predict", file("x.wav", wav(samples)), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out.find("null"), std::string::npos) << "a number is missing";
    std::vector<std::string> codes;
    const Json object = Json::parse(result.out);
    for (const Json& warning : object["warnings"]) {
      codes.push_back(warning["code"].get<std::string>());
      EXPECT_FALSE(warning["message"].get<std::string>().empty());
    }
    return codes;
  }

  // Fails on that input with this code, on standard error and in the JSON.
  void expect_input_error(const std::string& path, const std::string& code) {
    const ProgramResult result = undertone({"predict", path, "--json"});
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr(path + ": error [" + code + "]: "));
    const Json object = Json::parse(result.out);
    EXPECT_EQ(object["error"]["code"], code);
    EXPECT_FALSE(object["error"]["message"].get<std::string>().empty());
  }

  void expect_model_error(const std::vector<std::string>& arguments, const std::string& code) {
    const ProgramResult result = undertone(arguments);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_THAT(result.err, HasSubstr("error [" + code + "]: "));
    EXPECT_TRUE(result.out.empty());
  }

  std::string copy_of_model(const std::string& name) {
    std::filesystem::copy(playground() / "undertone-small", folder_ / name);
    return (folder_ / name).string();
  }

  const TemporaryFolder folder_;
};

using Codes = std::vector<std::string>;

TEST_F(Situation, BelowHalfASecond) {
  expect_input_error(file("x.wav", wav(buzz(0.45, 150))), "audio_too_short");
  expect_input_error(file("empty.wav", wav({})), "audio_too_short");
}

TEST_F(Situation, BelowASecond) { EXPECT_EQ(warnings(buzz(0.6, 150)), Codes{"short_audio"}); }

TEST_F(Situation, AboveThirtySeconds) {
  EXPECT_EQ(warnings(buzz(31.5, 150)), Codes{"long_audio"});
  EXPECT_EQ(warnings(buzz(30.2, 150)), Codes{"long_audio"});
}

TEST_F(Situation, Silence) {
  EXPECT_EQ(warnings(std::vector<float>(48000)), Codes{"silent_audio"});
  std::vector<float> offset(48000, 0.5F);
  EXPECT_EQ(warnings(offset), Codes{"silent_audio"});
}

TEST_F(Situation, NothingIsWrongWithThis) { EXPECT_EQ(warnings(buzz(3, 150)), Codes{}); }

TEST_F(Situation, Clipping) {
  std::vector<float> samples = buzz(2, 150);
  for (float& sample : samples) sample *= 20;
  EXPECT_EQ(warnings(samples), Codes{"clipped_audio"});
}

TEST_F(Situation, NotAudio) {
  expect_input_error(file("text.wav", "Once upon a time there was no recording."),
                     "audio_unreadable");
  expect_input_error(file("nothing.wav", ""), "audio_unreadable");
  expect_input_error(file("cut.wav", wav(buzz(1, 150)).substr(0, 20)), "audio_unreadable");
}

TEST_F(Situation, AFileThatIsNotThere) {
  expect_input_error((folder_ / "none.wav").string(), "file_not_found");
}

TEST_F(Situation, AFolderWithoutRecordings) {
  const ProgramResult result = undertone({"predict", folder_.path().string(), "--jsonl"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("holds no recordings"));
}

TEST_F(Situation, AnLfsPointerForARecording) {
  const std::string path = file("x.wav", kLfsPointer);
  expect_input_error(path, "git_lfs_pointer");
  EXPECT_THAT(undertone({"predict", path}).err, HasSubstr("git lfs pull"));
}

TEST_F(Situation, AnLfsPointerForAModel) {
  const std::string model = copy_of_model("m");
  file("m/model.safetensors", kLfsPointer);
  expect_model_error({"predict", clip(0), "--encoder", model}, "git_lfs_pointer");
  const std::string bundle = file("b.safetensors", kLfsPointer);
  expect_model_error({"predict", clip(0), "--model", bundle}, "git_lfs_pointer");
}

TEST_F(Situation, AModelThatIsNotThere) {
  expect_model_error({"predict", clip(0), "--encoder", "no-such-model"}, "model_not_found");
  expect_model_error({"predict", clip(0), "--model", (folder_ / "none").string()},
                     "model_not_found");
  const std::string model = copy_of_model("m");
  std::filesystem::remove(folder_ / "m/bundle.safetensors");
  expect_model_error({"predict", clip(0), "--encoder", model}, "model_not_found");
  EXPECT_THAT(undertone({"predict", clip(0), "--encoder", model}).err,
              HasSubstr("undertone train"));
  std::filesystem::remove(folder_ / "m/model.safetensors");
  expect_model_error({"predict", clip(0), "--encoder", model}, "model_not_found");
}

TEST_F(Situation, ACorruptModel) {
  const std::string model = copy_of_model("m");
  const std::string weights = read_file(folder_ / "m/model.safetensors");
  file("m/model.safetensors", weights.substr(0, weights.size() / 2));
  expect_model_error({"predict", clip(0), "--encoder", model}, "model_corrupt");
  file("m/model.safetensors", weights);
  file("m/config.json", "{\"model_type\": ");
  expect_model_error({"predict", clip(0), "--encoder", model}, "model_corrupt");
  const std::string bundle = read_file(playground() / "undertone-small/bundle.safetensors");
  expect_model_error(
      {"predict", clip(0), "--model", file("b", bundle.substr(0, bundle.size() - 8))},
      "model_corrupt");
}

TEST_F(Situation, ABundleOfAnotherEncoder) {
  const std::string other = (folder_ / "other").string();
  ASSERT_EQ(undertone({"models", "random", "tiny", "-o", other, "--seed", "2"}).exit_code, 0);
  const std::vector<std::string> arguments = {
      "predict", clip(0),   "--encoder",
      other,     "--model", (playground() / "undertone-small/bundle.safetensors").string()};
  expect_model_error(arguments, "model_mismatch");
  const std::string message = undertone(arguments).err;
  EXPECT_THAT(message, HasSubstr("undertone-small"));
  EXPECT_THAT(message, HasSubstr("other"));
}

TEST_F(Situation, ABundleOfAnotherLayer) {
  expect_model_error({"predict", clip(0), "--layer", "1"}, "model_mismatch");
  EXPECT_EQ(undertone({"predict", clip(0), "--layer", "2"}).exit_code, 0);
}

TEST_F(Situation, MemoryDoesNotGrowWithLength) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  const std::string one = file("one.wav", wav(buzz(60, 150)));
  const std::string ten = file("ten.wav", wav(buzz(600, 150)));
  const ProgramResult short_run = undertone({"predict", one, "--json", "--threads", "1"});
  const ProgramResult long_run = undertone({"predict", ten, "--json", "--threads", "1"});
  ASSERT_EQ(long_run.exit_code, 0) << long_run.err;
  EXPECT_NEAR(Json::parse(long_run.out)["duration_s"].get<double>(), 600.0, 0.01);
  // Nine minutes more would be 34 MB of samples alone.
  EXPECT_LT(long_run.peak_kib, short_run.peak_kib + 16 * 1024);
}

}  // namespace
}  // namespace undertone::test
