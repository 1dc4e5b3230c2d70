// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/significance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "medcl/core/test_paths.h"
#include "medcl/evaluation/evaluate.h"
#include "medcl/format/safetensors.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> read_column(const SafetensorsFile& file, const std::string& name) {
  const TensorView& tensor = file.at(name);
  EXPECT_EQ(tensor.dtype, DType::kF64);
  std::vector<double> values(tensor.bytes.size() / sizeof(double));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

void expect_near_relative(double found, double expected, double relative) {
  if (std::isnan(expected)) return;
  EXPECT_NEAR(found, expected, relative * std::abs(expected));
}

TEST(SignedRank, AgreesWithScipyAndWithAllSignPatterns) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const auto file = SafetensorsFile::open(*folder / "metrics" / "wilcoxon.safetensors");
  const std::vector<double> table = read_column(file, "table");
  for (std::size_t set = 0; set < 20; ++set) {
    SCOPED_TRACE(set);
    const std::span<const double> row(table.data() + 20 * set, 20);
    const std::string number = (set < 10 ? "0" : "") + std::to_string(set);
    const auto x = read_column(file, "x." + number), y = read_column(file, "y." + number);
    const SignedRank automatic = wilcoxon_signed_rank(x, y);
    const SignedRank normal = wilcoxon_signed_rank(x, y, SignedRankNull::kNormal);
    EXPECT_EQ(automatic.w_plus, row[4]);
    EXPECT_EQ(automatic.w_minus, row[5]);
    expect_near_relative(normal.p, row[9], 1e-9);
    expect_near_relative(automatic.p, row[13], 1e-9);
    const bool plain = row[2] == 0 && row[3] == 0;
    if (plain || row[1] > 51) expect_near_relative(automatic.p, row[7], 1e-9);
    const Statistic of_x = statistic_of(x), of_y = statistic_of(y);
    EXPECT_NEAR(of_x.mean, row[14], 1e-12 * std::abs(row[14]));
    EXPECT_NEAR(of_x.sd, row[17], 1e-10);
    EXPECT_NEAR(of_y.sd, row[19], 1e-10);
  }
}

TEST(SignedRank, FiveCasesThatAllImproveGiveAnEighthOfAHalf) {
  const SignedRank result =
      wilcoxon_signed_rank(std::vector{2., 3., 4., 5., 6.}, std::vector{1., 1., 1., 1., 1.});
  EXPECT_EQ(result.p, 0.0625);
  EXPECT_EQ(smallest_signed_rank_p(5), 0.0625);
  EXPECT_TRUE(result.exact);
}

TEST(SignedRank, LeavesOutPairsWithoutAValue) {
  const SignedRank result =
      wilcoxon_signed_rank(std::vector{2., kNan, 4.}, std::vector{1., 1., 5.});
  EXPECT_EQ(result.pairs, 2);
  EXPECT_EQ(result.p, 1);
}

TEST(Holm, CorrectsTheExampleOfItsPaperByHand) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, kNan};
  const std::vector<double> corrected = holm_corrected(p);
  EXPECT_NEAR(corrected[3], 4 * 0.005, 1e-15);
  EXPECT_NEAR(corrected[0], 3 * 0.01, 1e-15);
  EXPECT_NEAR(corrected[2], 2 * 0.03, 1e-15);
  EXPECT_NEAR(corrected[1], 0.06, 1e-15) << "never smaller than that of a smaller p";
  EXPECT_TRUE(std::isnan(corrected[4]));
}

TEST(Holm, IsNeverAboveOne) { EXPECT_EQ(holm_corrected(std::vector{0.6, 0.7})[0], 1); }

TEST(Bootstrap, OfTwoValuesIsTheBinomialDistribution) {
  // A resample of {0, 1} has mean 0 in a quarter of all cases, 1/2 in half, 1 in a quarter.
  const Interval wide = bootstrap_mean_interval(std::vector{0., 1.});
  EXPECT_EQ(wide.low, 0);
  EXPECT_EQ(wide.high, 1);
  const Interval narrow = bootstrap_mean_interval(std::vector{0., 1.}, {.level = 0.4});
  EXPECT_EQ(narrow.low, 0.5);
  EXPECT_EQ(narrow.high, 0.5);
}

TEST(Bootstrap, IsNearTheNormalIntervalForManyValues) {
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1 : 3;
  const Interval interval = bootstrap_mean_interval(values);
  const double half = 1.96 / std::sqrt(400.0);  // sd 1
  EXPECT_NEAR(interval.low, 2 - half, 0.01);
  EXPECT_NEAR(interval.high, 2 + half, 0.01);
}

TEST(Bootstrap, RepeatsWithItsSeedAndChangesWithIt) {
  const std::vector<double> values{0.1, 0.52, 0.33, 0.47, 0.86};
  const Interval one = bootstrap_mean_interval(values), again = bootstrap_mean_interval(values);
  EXPECT_EQ(one.low, again.low);
  EXPECT_NE(one.low, bootstrap_mean_interval(values, {.resamples = 50, .seed = 2}).low);
  EXPECT_TRUE(std::isnan(bootstrap_mean_interval(std::vector{0.5}).low));
}

}  // namespace
}  // namespace medcl
