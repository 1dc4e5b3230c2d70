// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/total.h"

#include <limits>

#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

torch::Tensor number(double value) { return torch::full({}, value, torch::kFloat64); }

TEST(Total, MatchesTheReference) {
  const auto cases = reference_cases("supervised.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  const auto& reference = cases.at("total");
  for (const auto type : kBothPrecisions) {
    const auto parts = reference.at("in.parts", type);
    LossTerms terms;
    for (std::int64_t i = 0; i < parts.size(0); ++i) {
      terms.add("term" + std::to_string(i), parts[i]);
    }
    expect_matches(total_loss(terms), reference.at("out.L"), "total");
  }
}

TEST(Total, EveryTermCarriesItsWeight) {
  const LossTerms terms{{{"a", number(2)}, {"b", number(3), 0.5}, {"c", number(5), 2}}};
  EXPECT_DOUBLE_EQ(total_loss(terms).item<double>(), 13.5);
}

TEST(Total, TermsOfWeightZeroTakeNoPart) {
  const LossTerms terms{
      {{"a", number(2)}, {"b", number(std::numeric_limits<double>::quiet_NaN()), 0}}};
  EXPECT_DOUBLE_EQ(total_loss(terms).item<double>(), 2);
}

TEST(Total, OfNothingIsZero) { EXPECT_EQ(total_loss({}).item<double>(), 0.0); }

}  // namespace
}  // namespace medcl
