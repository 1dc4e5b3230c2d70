// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/sinkhorn.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

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

/// The same assignment element by element in long double: log sums of each row, then column.
torch::Tensor slow_sinkhorn(const torch::Tensor& scores_dn, const SinkhornOptions& options) {
  const auto d = scores_dn.size(0), n = scores_dn.size(1);
  const auto scores = scores_dn.to(torch::kFloat64).contiguous();
  const auto at = [&](std::int64_t i, std::int64_t j) {
    return static_cast<long double>(scores.data_ptr<double>()[i * n + j]) / options.entropy_weight;
  };
  std::vector<long double> row(static_cast<std::size_t>(d), 0),
      column(static_cast<std::size_t>(n), 0);
  const auto log_sum = [](std::int64_t count, const auto& term) {
    long double largest = term(0), sum = 0;
    for (std::int64_t k = 1; k < count; ++k) largest = std::max(largest, term(k));
    for (std::int64_t k = 0; k < count; ++k) sum += std::exp(term(k) - largest);
    return largest + std::log(sum);
  };
  for (std::int64_t sweep = 0; sweep < options.iterations; ++sweep) {
    for (std::int64_t i = 0; i < d; ++i) {
      row[i] = -log_sum(n, [&](std::int64_t j) { return at(i, j) + column[j]; });
    }
    for (std::int64_t j = 0; j < n; ++j) {
      column[j] = -log_sum(d, [&](std::int64_t i) { return at(i, j) + row[i]; });
    }
  }
  auto result = torch::empty({d, n}, torch::kFloat64);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      result.data_ptr<double>()[i * n + j] =
          static_cast<double>(std::exp(at(i, j) + row[i] + column[j]));
    }
  }
  return result;
}

TEST(Sinkhorn, AgreesWithASlowOneForScoresUpToTenThousand) {
  double largest_difference = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const double scale = std::pow(10.0, static_cast<double>(seed % 5));
    const auto d = static_cast<std::int64_t>(1 + seed % 7),
               n = static_cast<std::int64_t>(1 + seed % 11);
    const auto scores = (random_normal({d, n}, seed).clamp(-1, 1) * scale).to(torch::kFloat32);
    const auto p = sinkhorn_assignment(scores, {});
    ASSERT_TRUE(p.isfinite().all().item<bool>()) << "seed " << seed;
    EXPECT_LT((p.sum(0) - 1).abs().max().item<double>(), 1e-5) << "seed " << seed;
    const double difference =
        (p.to(torch::kFloat64) - slow_sinkhorn(scores, {})).abs().max().item<double>();
    largest_difference = std::max(largest_difference, difference);
  }
  std::printf("largest difference %.1e\n", largest_difference);
  EXPECT_LT(largest_difference, 1e-5);
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
