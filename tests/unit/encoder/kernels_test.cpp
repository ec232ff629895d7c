// The fast kernels against the scalar ones, and the scalar ones against double precision.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "encoder/kernels/instruction_set.hpp"
#include "encoder/kernels/kernel_table.hpp"
#include "support/expect_error.hpp"

namespace undertone::encoder {
namespace {

constexpr std::size_t kSizes[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 100, 513};

std::vector<float> random_values(std::size_t n, float scale, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> values(n);
  for (float& value : values) value = normal(generator);
  return values;
}

class Kernels : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (GetParam() > usable_instruction_set())
      GTEST_SKIP() << "this processor has no " << to_string(GetParam());
  }
  const KernelTable& kernels() const { return kernels_for(GetParam()); }
};

TEST_P(Kernels, TableIsTheOneAskedFor) { EXPECT_EQ(kernels().instruction_set, GetParam()); }

TEST_P(Kernels, GeluIsWithinItsBound) {
  std::vector<float> x;
  for (int i = -120000; i <= 120000; ++i) x.push_back(static_cast<float>(i) * 1e-4F);
  x.insert(x.end(), {-1e30F, -100.0F, 100.0F, 1e30F, 0.0F, -0.0F, 1e-30F});
  std::vector<float> y = x;
  kernels().gelu(y.data(), y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact =
        0.5 * static_cast<double>(x[i]) * std::erfc(-static_cast<double>(x[i]) / std::sqrt(2.0));
    ASSERT_NEAR(y[i], exact, 1e-6 * std::fmax(1.0, std::fabs(static_cast<double>(x[i]))))
        << "at " << x[i];
  }
}

TEST_P(Kernels, SoftmaxIsWithinItsBound) {
  for (const std::size_t n : kSizes) {
    std::vector<float> x = random_values(n, 20.0F, static_cast<unsigned>(n));
    const std::vector<float> logits = x;
    kernels().softmax(x.data(), n);
    double largest = -1e300;
    for (const float v : logits) largest = std::fmax(largest, static_cast<double>(v));
    double sum = 0.0;
    for (const float v : logits) sum += std::exp(static_cast<double>(v) - largest);
    for (std::size_t i = 0; i < n; ++i) {
      const double exact = std::exp(static_cast<double>(logits[i]) - largest) / sum;
      ASSERT_NEAR(x[i], exact, 1e-5 * exact + 1e-37) << "n " << n << ", logit " << logits[i];
    }
  }
}

TEST_P(Kernels, SoftmaxOfFarApartLogitsHasNoNaN) {
  std::vector<float> x{-3e38F, 0.0F, 3e38F, -1e5F};
  kernels().softmax(x.data(), x.size());
  EXPECT_FLOAT_EQ(x[2], 1.0F);
  for (const std::size_t i : {0U, 1U, 3U}) EXPECT_NEAR(x[i], 0.0F, 1e-37F);
}

TEST_P(Kernels, LayerNormAgreesWithDoublePrecision) {
  for (const std::size_t n : kSizes) {
    const std::vector<float> x = random_values(n, 3.0F);
    const std::vector<float> weight = random_values(n, 1.0F, 2);
    const std::vector<float> bias = random_values(n, 1.0F, 3);
    std::vector<float> y(n);
    kernels().layer_norm(x.data(), y.data(), n, weight.data(), bias.data(), 1e-5F);
    double mean = 0.0;
    for (const float v : x) mean += static_cast<double>(v) / static_cast<double>(n);
    double variance = 0.0;
    for (const float v : x)
      variance += std::pow(static_cast<double>(v) - mean, 2) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double exact = (static_cast<double>(x[i]) - mean) / std::sqrt(variance + 1e-5) *
                               static_cast<double>(weight[i]) +
                           static_cast<double>(bias[i]);
      ASSERT_NEAR(y[i], exact, 2e-5) << "n " << n;
    }
    std::vector<float> in_place = x;
    kernels().layer_norm(in_place.data(), in_place.data(), n, weight.data(), bias.data(), 1e-5F);
    EXPECT_EQ(in_place, y);
  }
}

TEST_P(Kernels, AddAndAddScaledAndScaleShift) {
  for (const std::size_t n : kSizes) {
    const std::vector<float> x = random_values(n, 1.0F);
    const std::vector<float> a = random_values(n, 1.0F, 2);
    const std::vector<float> b = random_values(n, 1.0F, 3);
    std::vector<float> sum = a;
    kernels().add(sum.data(), x.data(), n);
    std::vector<float> scaled = a;
    kernels().add_scaled(scaled.data(), x.data(), n, 1.7F);
    std::vector<float> line(n);
    kernels().scale_shift(x.data(), line.data(), n, a.data(), b.data());
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(sum[i], a[i] + x[i]);
      ASSERT_NEAR(scaled[i], a[i] + x[i] * 1.7F, 1e-6);
      ASSERT_NEAR(line[i], x[i] * a[i] + b[i], 1e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Kernels,
                         testing::Values(InstructionSet::kBaseline, InstructionSet::kAvx2,
                                         InstructionSet::kAvx512),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST(InstructionSetLimit, IsTakenFromTheEnvironmentAndTakesEffect) {
  const InstructionSet best = usable_instruction_set();
  for (const InstructionSet isa :
       {InstructionSet::kBaseline, InstructionSet::kAvx2, InstructionSet::kAvx512,
        InstructionSet::kAvx512Vnni, InstructionSet::kAvx512Bf16, InstructionSet::kAmx}) {
    setenv("UNDERTONE_MAX_ISA", std::string(to_string(isa)).c_str(), 1);
    const InstructionSet usable = usable_instruction_set();
    EXPECT_EQ(usable, std::min(isa, best));
    EXPECT_LE(kernels_for(usable).instruction_set, isa);
  }
  setenv("UNDERTONE_MAX_ISA", "mmx", 1);
  EXPECT_UNDERTONE_ERROR(usable_instruction_set(), ErrorCode::kInvalidArgument, "mmx");
  unsetenv("UNDERTONE_MAX_ISA");
  EXPECT_EQ(usable_instruction_set(), best);
}

}  // namespace
}  // namespace undertone::encoder
