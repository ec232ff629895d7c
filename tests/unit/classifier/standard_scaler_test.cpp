#include "classifier/standard_scaler.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "golden.hpp"
#include "support/expect_error.hpp"

namespace undertone::classifier {
namespace {

using test::read_golden;
using test::to_matrix;
using test::to_vector;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(StandardScaler, EqualsScikitLearn) {
  const auto golden = read_golden("scaler");
  const auto x = to_matrix(golden["x"]);
  const auto scaler = StandardScaler::fit(x.view());
  const auto mean = to_vector(golden["mean"]);
  const auto scale = to_vector(golden["scale"]);
  for (std::size_t f = 0; f < mean.size(); ++f) {
    EXPECT_NEAR(scaler.mean()[f], mean[f], 1e-14 * std::abs(mean[f]) + 1e-15) << f;
    EXPECT_NEAR(scaler.scale()[f], scale[f], 1e-12 * scale[f]) << f;
  }
  // Constant features, exactly and up to rounding; then one that only looks constant.
  EXPECT_EQ(scaler.scale()[3], 1.0);
  EXPECT_EQ(scaler.scale()[4], 1.0);
  EXPECT_EQ(scaler.scale()[5], 1.0);
  EXPECT_LT(scaler.scale()[6], 1e-11);
  const auto expected = to_matrix(golden["transformed"]);
  std::vector<double> z(mean.size());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    scaler.transform(x.row(r), z);
    for (std::size_t f = 0; f < 6; ++f) EXPECT_NEAR(z[f], expected(r, f), 1e-11) << r << ' ' << f;
    // One ulp of the mean is 1e-4 of this feature's scale.
    EXPECT_NEAR(z[6], expected(r, 6), 1e-3) << r;
  }
}

TEST(StandardScaler, MendsWhatNoEmbeddingShouldHold) {
  const StandardScaler scaler({1, 2, 3, 4}, {1, 2, 4, 8});
  std::vector<double> z{kNaN, kInfinity, -kInfinity, 1e30};
  scaler.transform(z, z);
  EXPECT_EQ(z[0], 0.0);
  EXPECT_EQ(z[1], (1e6 - 2) / 2);
  EXPECT_EQ(z[2], (-1e6 - 3) / 4);
  EXPECT_EQ(z[3], (1e6 - 4) / 8);
}

TEST(StandardScaler, OneSampleIsItsOwnMean) {
  const std::vector<double> x{3, -4};
  const auto scaler = StandardScaler::fit({x.data(), 1, 2});
  std::vector<double> z(2);
  scaler.transform(x, z);
  EXPECT_EQ(z, (std::vector<double>{0, 0}));
  EXPECT_EQ(scaler.scale()[0], 1);
}

TEST(StandardScaler, ReadsAViewWithAStride) {
  const std::vector<double> x{1, 99, 3, 99};
  EXPECT_EQ(StandardScaler::fit({x.data(), 2, 1, 2}).mean()[0], 2);
}

TEST(StandardScaler, RefusesDataThatCannotTrainIt) {
  for (const double bad : {kNaN, kInfinity, -kInfinity, 1.1e6}) {
    const std::vector<double> x{1, 2, 3, bad};
    EXPECT_UNDERTONE_ERROR(StandardScaler::fit({x.data(), 2, 2}), ErrorCode::kDataInvalid, "row 1");
  }
  EXPECT_UNDERTONE_ERROR(StandardScaler::fit({}), ErrorCode::kDataInvalid, "at least one");
}

TEST(StandardScaler, RefusesCorruptParameters) {
  EXPECT_UNDERTONE_ERROR(StandardScaler({}, {}), ErrorCode::kModelCorrupt, "at least one");
  EXPECT_UNDERTONE_ERROR(StandardScaler({1, 2}, {1}), ErrorCode::kModelCorrupt, "2 means");
  for (const double bad : {0.0, -1.0, kNaN, kInfinity, 1e-300}) {
    EXPECT_UNDERTONE_ERROR(StandardScaler({1, 2}, {1, bad}), ErrorCode::kModelCorrupt, "feature 1");
  }
  EXPECT_UNDERTONE_ERROR(StandardScaler({kNaN}, {1}), ErrorCode::kModelCorrupt, "feature 0");
}

TEST(StandardScaler, RefusesAnotherNumberOfFeatures) {
  const StandardScaler scaler({1, 2}, {1, 1});
  std::vector<double> x(3);
  EXPECT_UNDERTONE_ERROR(scaler.transform(x, x), ErrorCode::kDataInvalid, "2 features, not 3");
}

}  // namespace
}  // namespace undertone::classifier
