// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/class_sets.h"

#include <algorithm>
#include <bit>

#include "medcl/core/error.h"

namespace medcl {
namespace {

/// Rows 0..m-1 pick a class, the others add up a union; column 0 is the background.
torch::Tensor map_matrix(const ClassSets& sets, const torch::TensorOptions& options) {
  const torch::Tensor singles = torch::eye(sets.m, options);
  const torch::Tensor rows = torch::cat({singles, membership(sets, options)}, 0);
  return torch::constant_pad_nd(rows, {1, 0});
}

torch::Tensor union_of(const torch::Tensor& members_bchw, UnionReading reading) {
  if (reading == UnionReading::kMax) return members_bchw.amax(1, /*keepdim=*/true);
  if (reading == UnionReading::kNoisyOr) return 1 - (1 - members_bchw).prod(1, /*keepdim=*/true);
  return members_bchw.sum(1, /*keepdim=*/true).clamp_max(1.0);
}

}  // namespace

ClassSets nested_class_sets(std::int64_t m, RandomStream& random) {
  check(m >= 1, "at least one foreground class");
  const auto order = random.permutation(m);
  ClassSets result{.m = m};
  for (std::int64_t size = 2; size <= m; ++size) {
    auto& set = result.sets.emplace_back(order.begin(), order.begin() + size);
    std::sort(set.begin(), set.end());
  }
  return result;
}

std::vector<std::vector<std::int64_t>> all_unions(std::int64_t m) {
  check(m >= 1 && m <= 8, "unions of 1 to 8 classes");
  std::vector<std::vector<std::int64_t>> unions;
  for (std::uint32_t members = 1; members < (1U << m); ++members) {
    if (std::popcount(members) < 2) continue;
    auto& set = unions.emplace_back();
    for (std::int64_t i = 0; i < m; ++i) {
      if ((members >> i & 1U) != 0) set.push_back(i);
    }
  }
  return unions;
}

std::vector<std::vector<std::int64_t>> with_single_classes(
    std::int64_t m, const std::vector<std::vector<std::int64_t>>& unions) {
  std::vector<std::vector<std::int64_t>> sets;
  for (std::int64_t i = 0; i < m; ++i) sets.push_back({i});
  sets.insert(sets.end(), unions.begin(), unions.end());
  return sets;
}

torch::Tensor membership(const ClassSets& sets, const torch::TensorOptions& options) {
  const auto unions = static_cast<std::int64_t>(sets.sets.size());
  torch::Tensor matrix = torch::zeros({unions, sets.m}, torch::kFloat64);
  auto entries = matrix.accessor<double, 2>();
  for (std::int64_t t = 0; t < unions; ++t) {
    for (const std::int64_t i : sets.sets[static_cast<std::size_t>(t)]) {
      check(i >= 0 && i < sets.m, "class of a union outside 0..m-1");
      entries[t][i] = 1.0;
    }
  }
  return matrix.to(options);
}

torch::Tensor anatomy_maps(const torch::Tensor& prob_bkhw, const ClassSets& sets,
                           UnionReading reading) {
  check(prob_bkhw.dim() == 4 && prob_bkhw.size(1) == sets.m + 1,
        "anatomy maps need a map of the background and of every class");
  if (reading == UnionReading::kSum) {
    // One product gives all maps: no copy per union, one pass back.
    const torch::Tensor matrix = map_matrix(sets, prob_bkhw.options());
    return torch::matmul(matrix, prob_bkhw.flatten(2))
        .view({prob_bkhw.size(0), -1, prob_bkhw.size(2), prob_bkhw.size(3)});
  }
  const torch::Tensor singles = prob_bkhw.narrow(1, 1, sets.m);
  std::vector<torch::Tensor> maps{singles};
  for (const auto& set : sets.sets) {
    const auto members = torch::tensor(set, torch::kInt64).to(prob_bkhw.device());
    maps.push_back(union_of(singles.index_select(1, members), reading));
  }
  return torch::cat(maps, 1);
}

}  // namespace medcl
