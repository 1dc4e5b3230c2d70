// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/sinkhorn.h"

#include <cstdlib>

#include "medcl/core/error.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

/// "out.eps0.05.it3.P" -> options; false for other fields.
bool parse_field(const std::string& field, SinkhornOptions& options) {
  if (!field.starts_with("out.eps") || !field.ends_with(".P")) return false;
  const auto sweeps = field.find(".it");
  options.entropy_weight = std::strtod(field.c_str() + 7, nullptr);
  options.iterations = std::strtol(field.c_str() + sweeps + 3, nullptr, 10);
  return true;
}

TEST(Sinkhorn, MatchesTheReference) {
  const auto cases = reference_cases("sinkhorn.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  int compared = 0;
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      for (const auto& [field, expected] : reference.fields) {
        SinkhornOptions options;
        if (!parse_field(field, options)) continue;
        const auto input = reference.has("in.scores") ? "in.scores" : "out.scores";
        const auto p = sinkhorn_assignment(reference.at(input, type), options);
        EXPECT_EQ(p.scalar_type(), type);
        expect_matches(p, expected, name + " " + field, 1e-10, 5e-6);
        const auto mass_field = field.substr(0, field.size() - 1) + "row_mass";
        expect_matches(p.mean(1), reference.at(mass_field), name + " " + mass_field, 1e-10, 5e-6);
        ++compared;
      }
      for (const char* view : {"1", "2"}) {
        const auto code = std::string("out.Q") + view;
        if (!reference.has(code)) continue;
        const auto p = sinkhorn_assignment(reference.at(std::string("in.scores") + view, type));
        expect_matches(p, reference.at(code), name + code, 1e-10, 5e-6);
      }
    }
  }
  EXPECT_GE(compared, 10);
}

TEST(Sinkhorn, ColumnsSumToOneAndRowsApproachEqualMass) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto scores = random_normal({6, 40}, seed);
    const auto p = sinkhorn_assignment(scores, {.entropy_weight = 0.3, .iterations = 300});
    EXPECT_LT((p.sum(0) - 1).abs().max().item<double>(), 1e-12);
    EXPECT_LT((p.mean(1) - 1.0 / 6).abs().max().item<double>(), 1e-6);
    EXPECT_GE(p.min().item<double>(), 0.0);
  }
}

TEST(Sinkhorn, IgnoresOffsetsOfScores) {
  const auto scores = random_normal({4, 9}, 1);
  const auto p = sinkhorn_assignment(scores, {});
  EXPECT_TRUE(torch::allclose(p, sinkhorn_assignment(scores + 7.5, {}), 1e-9, 1e-12));
  const auto per_row = random_normal({4, 1}, 2), per_column = random_normal({1, 9}, 3);
  const auto many = SinkhornOptions{.entropy_weight = 0.5, .iterations = 500};
  EXPECT_TRUE(torch::allclose(sinkhorn_assignment(scores, many),
                              sinkhorn_assignment(scores + per_row + per_column, many), 1e-6,
                              1e-9));
}

TEST(Sinkhorn, SurvivesHugeScores) {
  for (const auto type : kBothPrecisions) {
    const auto scores = (random_normal({5, 8}, 4) * 1e4).to(type);
    const auto p = sinkhorn_assignment(scores, {});
    EXPECT_TRUE(p.isfinite().all().item<bool>());
    EXPECT_LT((p.sum(0) - 1).abs().max().item<double>(), 1e-5);
  }
}

TEST(Sinkhorn, IsConstantForTheGradient) {
  EXPECT_FALSE(sinkhorn_assignment(random_normal({3, 4}, 5).requires_grad_()).requires_grad());
}

TEST(Sinkhorn, RefusesOptionsOutOfRange) {
  const auto scores = torch::zeros({2, 3});
  EXPECT_THROW(sinkhorn_assignment(scores, {.entropy_weight = 0}), Error);
  EXPECT_THROW(sinkhorn_assignment(scores, {.iterations = 0}), Error);
  EXPECT_THROW(sinkhorn_assignment(torch::zeros({2}), {}), Error);
  EXPECT_THROW(sinkhorn_assignment(torch::zeros({0, 3}), {}), Error);
}

}  // namespace
}  // namespace medcl
