// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/cluster.h"

#include <cstdlib>

#include "medcl/core/error.h"
#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

const std::map<std::string, ClusterOptions> kReadings = {
    {"cosine", {.reduction = ClusterReduction::kRatioOfSums}},
    {"literal_negative", {.reduction = ClusterReduction::kRatioOfSums, .literal_negative = true}},
    {"per_term_mean_unordered", {.reduction = ClusterReduction::kMeanOfRatios}}};

constexpr const char* kPrefix = "out.L_cluster.tau";
constexpr const char* kAllRows = "_all_rows";

/// "out.L_cluster.tau0.1.cosine[_all_rows][.grad]" -> options; false for other fields.
bool parse_field(const std::string& field, ClusterOptions& options) {
  if (!field.starts_with(kPrefix) || field.ends_with(".grad")) return false;
  const std::string reading = field.substr(field.rfind('.') + 1);
  options = kReadings.at(reading.substr(0, reading.find(kAllRows)));
  options.temperature = std::strtod(field.c_str() + std::string(kPrefix).size(), nullptr);
  return true;
}

TEST(Cluster, MatchesTheReference) {
  const auto cases = reference_cases("cluster_ac.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  int compared = 0;
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      for (const auto& [field, expected] : reference.fields) {
        ClusterOptions options;
        if (!parse_field(field, options)) continue;
        const auto codes = reference.at("in.prototypes", type).clone().requires_grad_();
        const auto m = field.ends_with(kAllRows) ? codes.size(1)
                                                 : reference.fields.at("in.m").item<std::int64_t>();
        const auto loss = cluster_loss(codes, m, options);
        const double tolerance_32 = options.temperature < 0.05 ? 1e-4 : 1e-5;
        expect_matches(loss, expected, name + " " + field, 1e-10, tolerance_32);
        ++compared;
        if (type != torch::kFloat64 || !reference.has(field + ".grad")) continue;
        // The reference divides by 1e-8 at a zero code; here such a code has no gradient.
        const auto nonzero = codes.detach().abs().sum(2, true).gt(0);
        expect_matches(gradient_of(loss, codes), reference.at(field + ".grad") * nonzero,
                       name + " gradient", 1e-9);
      }
    }
  }
  EXPECT_GE(compared, 20);
}

TEST(Cluster, HasTheDerivativesItClaims) {
  for (auto [name, options] : kReadings) {
    for (const double temperature : {0.1, 1.0}) {
      options.temperature = temperature;
      const auto loss = [&](const torch::Tensor& codes) { return cluster_loss(codes, 3, options); };
      EXPECT_LT(gradient_error(loss, random_normal({4, 5, 6}, 1)), 1e-6) << name << temperature;
    }
  }
}

TEST(Cluster, PullsCodesTogetherAndCentresApart) {
  const auto axes = torch::eye(3, torch::kFloat64).unsqueeze(0);
  const auto tight = axes.repeat({4, 1, 1});
  const auto loose = tight + 0.3 * random_normal({4, 3, 3}, 2);
  const auto merged = tight + 1.0;
  for (const auto& name : {"cosine", "per_term_mean_unordered"}) {
    const auto& options = kReadings.at(name);
    const double best = cluster_loss(tight, 3, options).item<double>();
    EXPECT_LT(best, cluster_loss(loose, 3, options).item<double>()) << name;
    EXPECT_LT(best, cluster_loss(merged, 3, options).item<double>()) << name;
  }
}

TEST(Cluster, IsSafeForTinyTemperatures) {
  for (auto [name, options] : kReadings) {
    options.temperature = 1e-4;
    auto codes = random_normal({2, 5, 6}, 3).to(torch::kFloat32).requires_grad_();
    const auto loss = cluster_loss(codes, 3, options);
    EXPECT_TRUE(loss.isfinite().item<bool>()) << name;
    EXPECT_TRUE(gradient_of(loss, codes).isfinite().all().item<bool>()) << name;
  }
}

TEST(Cluster, OfOneClassIsZeroWithZeroGradient) {
  const auto codes = random_normal({3, 1, 4}, 4).requires_grad_();
  const auto loss = cluster_loss(codes, 1);
  EXPECT_EQ(loss.item<double>(), 0.0);
  EXPECT_EQ(gradient_of(loss, codes).abs().max().item<double>(), 0.0);
}

TEST(Cluster, HandlesOneSampleAndZeroCodes) {
  for (const auto& [name, options] : kReadings) {
    for (const auto& values :
         {random_normal({1, 5, 4}, 5), torch::zeros({2, 5, 4}, torch::kDouble)}) {
      const auto codes = values.clone().requires_grad_();
      const auto loss = cluster_loss(codes, 3, options);
      EXPECT_TRUE(loss.isfinite().item<bool>()) << name;
      EXPECT_TRUE(gradient_of(loss, codes).isfinite().all().item<bool>()) << name;
    }
  }
}

TEST(Cluster, RefusesBadArguments) {
  EXPECT_THROW(cluster_loss(torch::zeros({2, 5, 4}), 3, {.temperature = 0}), Error);
  EXPECT_THROW(cluster_loss(torch::zeros({2, 2, 4}), 3), Error);
}

}  // namespace
}  // namespace medcl
