// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/class_sets.h"

#include <algorithm>
#include <bit>

#include "medcl/core/error.h"
#include "medcl/kernels/by_image.h"

namespace medcl {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Tells the draw of a whole run from those of its steps.
constexpr std::uint32_t kKeptSample = 1U << 31;

/// visit(t, i) for every class i of every union t.
template <typename Visit>
void for_members(const torch::Tensor& membership_tm, const Visit& visit) {
  const auto entries = membership_tm.accessor<double, 2>();
  for (std::int64_t t = 0; t < entries.size(0); ++t) {
    for (std::int64_t i = 0; i < entries.size(1); ++i) {
      if (entries[t][i] != 0) visit(t, i);
    }
  }
}

/// The shape of `maps` with another number of channels.
std::vector<std::int64_t> with_channels(const torch::Tensor& maps, std::int64_t channels) {
  std::vector<std::int64_t> shape = maps.sizes().vec();
  shape[1] = channels;
  return shape;
}

/// work(to, from) for two batches: image by image on the CPU, and at once elsewhere.
template <typename Work>
void by_parts(const torch::Tensor& to, const torch::Tensor& from, const Work& work) {
  if (!to.is_cpu()) return work(to, from);
  fast::for_images(to.size(0),
                   [&](std::int64_t b) { work(to.narrow(0, b, 1), from.narrow(0, b, 1)); });
}

/// Single maps and sums of them, without a copy for each member of a union.
class SumMaps : public torch::autograd::Function<SumMaps> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& prob_bks,
                               const torch::Tensor& membership_tm) {
    context->save_for_backward({membership_tm});
    const std::int64_t m = membership_tm.size(1), unions = membership_tm.size(0);
    torch::Tensor maps = torch::empty(with_channels(prob_bks, m + unions), prob_bks.options());
    by_parts(maps, prob_bks, [&](const torch::Tensor& to, const torch::Tensor& from) {
      to.narrow(1, 0, m).copy_(from.narrow(1, 1, m));
      to.narrow(1, m, unions).zero_();
      for_members(membership_tm, [&](std::int64_t t, std::int64_t i) {
        to.select(1, m + t).add_(from.select(1, i + 1));
      });
    });
    return maps;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const torch::Tensor& maps = outputs[0];
    const torch::Tensor membership_tm = context->get_saved_variables()[0];
    const std::int64_t m = membership_tm.size(1);
    torch::Tensor prob = torch::empty(with_channels(maps, m + 1), maps.options());
    by_parts(prob, maps, [&](const torch::Tensor& to, const torch::Tensor& from) {
      to.select(1, 0).zero_();
      to.narrow(1, 1, m).copy_(from.narrow(1, 0, m));
      for_members(membership_tm, [&](std::int64_t t, std::int64_t i) {
        to.select(1, i + 1).add_(from.select(1, m + t));
      });
    });
    return {prob, {}};
  }
};

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
  check(m >= 1 && m <= kMostListedClasses, "unions of 1 to 8 classes");
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

std::vector<std::vector<std::int64_t>> kept_unions(std::int64_t m, std::uint64_t seed) {
  if (m <= kMostListedClasses) return all_unions(m);
  RandomStream of_seed({.seed = seed, .sample = kKeptSample, .purpose = Purpose::kClassSets});
  return nested_class_sets(m, of_seed).sets;
}

ClassSets nested_kept_sets(std::int64_t m, std::uint64_t seed, RandomStream& random) {
  if (m <= kMostListedClasses) return nested_class_sets(m, random);
  return {.m = m, .sets = kept_unions(m, seed)};
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

torch::Tensor anatomy_maps(const torch::Tensor& prob_bks, const ClassSets& sets) {
  check(prob_bks.dim() >= 3 && prob_bks.size(1) == sets.m + 1,
        "anatomy maps need a map of the background and of every class");
  return SumMaps::apply(prob_bks, membership(sets, torch::kFloat64));
}

}  // namespace medcl
