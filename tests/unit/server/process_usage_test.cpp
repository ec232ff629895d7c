#include "server/process_usage.hpp"

#include <gtest/gtest.h>

namespace undertone::server {
namespace {

constexpr const char* kSelf =
    "1234 (a) b (c) S 1 1234 1234 0 -1 4194560 9000 0 1 0 250 50 0 0 20 0 9 0 6000 900000000 2500 "
    "18446744073709551615 1 1\n";
constexpr const char* kStat = "cpu  1 2 3\nintr 7\nbtime 1700000000\nprocesses 9\n";

TEST(ProcessUsage, IsWhatTheKernelSays) {
  const auto usage = parse_process_usage(kSelf, kStat, 100, 4096);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->start_time_s, 1700000060);
  EXPECT_EQ(usage->cpu_s, 3);
  EXPECT_EQ(usage->resident_bytes, 2500 * 4096.0);
}

TEST(ProcessUsage, IsNothingWhereTheTextIsOfAnotherForm) {
  EXPECT_FALSE(parse_process_usage("", kStat, 100, 4096));
  EXPECT_FALSE(parse_process_usage("1 (a) S 1 2 3", kStat, 100, 4096));
  EXPECT_FALSE(parse_process_usage(kSelf, "cpu 1\n", 100, 4096));
  EXPECT_FALSE(parse_process_usage(kSelf, "\nbtime x\n", 100, 4096));
  EXPECT_FALSE(parse_process_usage(kSelf, kStat, 0, 4096));
}

TEST(ProcessUsage, IsThatOfThisProcess) {
  const auto usage = process_usage();
  ASSERT_TRUE(usage);
  EXPECT_GT(usage->start_time_s, 1.6e9);
  EXPECT_GT(usage->resident_bytes, 1e5);
  EXPECT_GE(usage->cpu_s, 0);
}

}  // namespace
}  // namespace undertone::server
