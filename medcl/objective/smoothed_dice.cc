// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/smoothed_dice.h"

#include <vector>

#include "medcl/core/error.h"
#include "medcl/objective/map_axes.h"

namespace medcl {
namespace {

constexpr double kSmooth = 1e-5;

}  // namespace

torch::Tensor smoothed_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks,
                            DiceSums sums) {
  check(are_maps(prob_bks) && prob_bks.sizes() == target_bks.sizes() && prob_bks.size(1) > 1,
        "prediction and annotation have the same shape [B, m+1, s]");
  const std::int64_t foreground = prob_bks.size(1) - 1;
  const torch::Tensor annotated_b1s = target_bks.sum(1, /*keepdim=*/true);
  const torch::Tensor prob_bms = prob_bks.narrow(1, 1, foreground);
  const torch::Tensor target_bms = target_bks.narrow(1, 1, foreground);
  std::vector<std::int64_t> axes = all_but_maps(prob_bks);
  if (sums == DiceSums::kImage) std::erase(axes, 0);
  const torch::Tensor overlap = (prob_bms * target_bms).sum(axes);
  const torch::Tensor sizes = (prob_bms * annotated_b1s).sum(axes) + target_bms.sum(axes);
  return 1 - ((2 * overlap + kSmooth) / (sizes + kSmooth)).mean();
}

}  // namespace medcl
