#include "server/query.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/expect_api_error.hpp"

namespace undertone::server {
namespace {

PredictionQuery parse(const std::string& query) {
  return parse_prediction_query(parse_request_target("/emotion_predict?" + query));
}

TEST(PredictionQuery, HasDefaults) {
  EXPECT_EQ(parse("").window_s, 30);
  EXPECT_FALSE(parse("").timing);
}

TEST(PredictionQuery, TakesWhatIsAllowed) {
  EXPECT_EQ(parse("window_s=1").window_s, 1);
  EXPECT_EQ(parse("window_s=30").window_s, 30);
  EXPECT_EQ(parse("window_s=2.5e0&timing=true").window_s, 2.5);
  EXPECT_TRUE(parse("timing=1").timing);
  EXPECT_TRUE(parse("timing=true").timing);
  EXPECT_FALSE(parse("timing=0").timing);
  EXPECT_FALSE(parse("timing=false").timing);
}

TEST(PredictionQuery, RefusesEverythingElse) {
  for (const char* value :
       {"", "0.999", "30.001", "-5", "nan", "inf", "1e400", "0x5", "5s", "%205", "5,0", "five"}) {
    EXPECT_API_ERROR(parse(std::string("window_s=") + value), 400, "invalid_argument", "1 to 30");
  }
  for (const char* value : {"", "yes", "True", "2"}) {
    EXPECT_API_ERROR(parse(std::string("timing=") + value), 400, "invalid_argument", "timing is");
  }
  EXPECT_API_ERROR(parse("window_s=5&window_s=5"), 400, "invalid_argument", "more than once");
  EXPECT_API_ERROR(parse("timing=1&timing=0"), 400, "invalid_argument", "more than once");
  EXPECT_API_ERROR(parse("windows_s=5"), 400, "invalid_argument", "no option 'windows_s'");
}

TEST(PredictionQuery, RepeatsLittleOfALongValue) {
  std::string value;
  for (int i = 0; i < 500; ++i) value += "%e4%b8%ad";
  try {
    parse("window_s=" + value);
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_LT(std::string(error.what()).size(), 120U);
    EXPECT_EQ(error.json().find("\\ufffd"), std::string::npos);
    EXPECT_EQ(error.json().find("\xef\xbf\xbd"), std::string::npos) << "no half characters";
  }
}

}  // namespace
}  // namespace undertone::server
