// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/sam_prompts.h"

#include "medcl/model/sam/prompt_texts.h"

namespace medcl {

std::vector<std::vector<std::int64_t>> asked_sets(const ClassSets& sets) {
  return with_single_classes(sets.m, sets.sets);
}

torch::Tensor draw_features(const torch::Tensor& features_svc, std::int64_t m,
                            const std::vector<std::vector<std::int64_t>>& sets, std::int64_t batch,
                            RandomStream& random) {
  const std::int64_t wordings = features_svc.size(1);
  std::vector<std::int64_t> first_rows, rows;
  for (const auto& set : sets) first_rows.push_back(sam::prompt_index(m, set) * wordings);
  for (std::int64_t b = 0; b < batch; ++b) {
    for (const std::int64_t first : first_rows) rows.push_back(first + random.integer(wordings));
  }
  const auto rows_n = torch::tensor(rows, torch::kInt64).to(features_svc.device());
  return features_svc.flatten(0, 1).index_select(0, rows_n).view(
      {batch, static_cast<std::int64_t>(sets.size()), features_svc.size(2)});
}

torch::Tensor jitter_boxes(const torch::Tensor& box_b4, double share, RandomStream& random) {
  torch::Tensor shift_b4 = torch::empty(box_b4.sizes(), torch::kFloat64);
  auto shift = shift_b4.accessor<double, 2>();
  for (std::int64_t b = 0; b < box_b4.size(0); ++b) {
    for (std::int64_t side = 0; side < 4; ++side) {
      shift[b][side] = random.uniform(0, share) * (side < 2 ? -1 : 1);
    }
  }
  return (box_b4 + shift_b4.to(box_b4.options())).clamp(0, 1);
}

torch::Tensor union_boxes(const torch::Tensor& box_b4, const torch::Tensor& partner_b) {
  const auto other_b4 = box_b4.index_select(0, partner_b);
  const auto low = torch::minimum(box_b4, other_b4), high = torch::maximum(box_b4, other_b4);
  return torch::cat({low.narrow(1, 0, 2), high.narrow(1, 2, 2)}, 1);
}

}  // namespace medcl
