#include "server/api_error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace undertone::server {
namespace {

using Json = nlohmann::json;

TEST(ApiError, TellsCodeMessageAndHint) {
  const ApiError error(404, "not_found", "there is no /x", "See /openapi.json.");
  const Json json = Json::parse(error.json());
  EXPECT_EQ(json, (Json{{"error",
                         {{"code", "not_found"},
                          {"message", "there is no /x"},
                          {"hint", "See /openapi.json."}}}}));
}

TEST(ApiError, LeavesOutAnEmptyHint) {
  EXPECT_FALSE(Json::parse(ApiError(400, "bad_request", "no").json())["error"].contains("hint"));
}

TEST(ApiError, TurnsWhatIsWrongWithTheRecordingIntoTheClientsError) {
  const ApiError error =
      ApiError::of(Error(ErrorCode::kAudioTooShort, "0.2 s of audio", "Record more."));
  EXPECT_EQ(error.status(), 422);
  EXPECT_EQ(error.code(), "audio_too_short");
  EXPECT_EQ(error.hint(), "Record more.");
}

TEST(ApiError, KeepsWhatIsWrongInsideToItself) {
  const ApiError error =
      ApiError::of(Error(ErrorCode::kModelCorrupt, "/srv/secret/model is damaged"));
  EXPECT_EQ(error.status(), 500);
  EXPECT_EQ(error.code(), "internal");
  EXPECT_EQ(error.json().find("secret"), std::string::npos);
  const ApiError unknown =
      ApiError::of(std::make_exception_ptr(std::runtime_error("/srv/secret again")));
  EXPECT_EQ(unknown.status(), 500);
  EXPECT_EQ(unknown.json().find("secret"), std::string::npos);
}

TEST(ApiError, SurvivesNamesThatAreNotUtf8) {
  const ApiError error =
      ApiError::of(Error(ErrorCode::kAudioUnreadable, "upload \xff\xfe: not audio"));
  EXPECT_TRUE(Json::accept(error.json()));
}

}  // namespace
}  // namespace undertone::server
