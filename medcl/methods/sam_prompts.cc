// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/sam_prompts.h"

#include "medcl/model/sam/network.h"
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

torch::Tensor stroke_boxes(const torch::Tensor& target_bkhw, const torch::Tensor& members_pm,
                           const torch::Tensor& otherwise_b4) {
  const auto strokes_bmhw = target_bkhw.narrow(1, 1, members_pm.size(1)).gt(0.5);
  const auto strokes_bphw =
      torch::einsum("pm,bmhw->bphw", {members_pm, strokes_bmhw.to(members_pm.scalar_type())});
  const auto none_bp1 = strokes_bphw.flatten(2).amax(2, /*keepdim=*/true).eq(0);
  return torch::where(none_bp1, otherwise_b4.unsqueeze(1),
                      sam::boxes_around(strokes_bphw, 0).to(otherwise_b4.scalar_type()));
}

torch::Tensor jitter_boxes(const torch::Tensor& box_bp4, double share, double growth,
                           RandomStream& random) {
  torch::Tensor draw_bp4 = torch::empty(box_bp4.sizes(), torch::kFloat64);
  double* draw = draw_bp4.data_ptr<double>();
  for (std::int64_t i = 0; i < draw_bp4.numel(); ++i) {
    draw[i] = random.uniform() * (i % 4 < 2 ? -1 : 1);
  }
  const auto longer_bp1 =
      (box_bp4.narrow(-1, 2, 2) - box_bp4.narrow(-1, 0, 2)).amax(-1, /*keepdim=*/true);
  return (box_bp4 + draw_bp4.to(box_bp4.options()) * (share + growth * longer_bp1)).clamp(0, 1);
}

torch::Tensor union_boxes(const torch::Tensor& box_bp4, const torch::Tensor& partner_b) {
  const auto other_bp4 = box_bp4.index_select(0, partner_b);
  const auto low = torch::minimum(box_bp4, other_bp4), high = torch::maximum(box_bp4, other_bp4);
  return torch::cat({low.narrow(-1, 0, 2), high.narrow(-1, 2, 2)}, -1);
}

}  // namespace medcl
