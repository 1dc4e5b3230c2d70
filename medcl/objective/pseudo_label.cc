// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/pseudo_label.h"

#include <vector>

#include "medcl/core/error.h"
#include "medcl/objective/map_axes.h"

namespace medcl {
namespace {

constexpr double kSmooth = 1e-5, kSmallest = 1e-10;

}  // namespace

torch::Tensor without_absent(const torch::Tensor& prob_bks, const torch::Tensor& present_bk) {
  if (!present_bk.defined()) return prob_bks;
  check(are_maps(prob_bks) && present_bk.dim() == 2 && present_bk.size(0) == prob_bks.size(0) &&
            present_bk.size(1) == prob_bks.size(1),
        "categories have the shape [B, m+1] of the prediction");
  const torch::Tensor allowed_bk = present_bk.ne(0).to(prob_bks.scalar_type());
  allowed_bk.select(1, 0).fill_(1.0);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(prob_bks.dim()), 1);
  shape[0] = prob_bks.size(0);
  shape[1] = prob_bks.size(1);
  const torch::Tensor allowed = prob_bks * allowed_bk.view(shape);
  return allowed / allowed.sum(1, /*keepdim=*/true).clamp_min(kSmallest);
}

torch::Tensor confident_labels(const torch::Tensor& prob_bks, double confidence) {
  check(are_maps(prob_bks), "probabilities have the shape [B, m+1, s]");
  const auto [best_b1s, class_b1s] = prob_bks.max(1, /*keepdim=*/true);
  return torch::zeros_like(prob_bks).scatter_(1, class_b1s,
                                              best_b1s.gt(confidence).to(prob_bks.scalar_type()));
}

torch::Tensor with_annotation(const torch::Tensor& target_bks,
                              const torch::Tensor& annotation_bks) {
  check(target_bks.sizes() == annotation_bks.sizes(), "target and annotation have the same shape");
  return torch::where(annotation_bks.sum(1, /*keepdim=*/true).gt(0), annotation_bks, target_bks);
}

torch::Tensor squared_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks) {
  check(are_maps(prob_bks) && prob_bks.sizes() == target_bks.sizes(),
        "prediction and target have the same shape [B, m+1, s]");
  const torch::Tensor counted =
      target_bks.sum(1, /*keepdim=*/true).gt(0).to(prob_bks.scalar_type());
  const auto axes = all_but_maps(prob_bks);
  const torch::Tensor overlap_k = (prob_bks * target_bks).sum(axes);
  const torch::Tensor squares_k =
      (prob_bks.square() * counted).sum(axes) + target_bks.square().sum(axes);
  return 1 - ((2 * overlap_k + kSmooth) / (squares_k + kSmooth)).mean();
}

}  // namespace medcl
