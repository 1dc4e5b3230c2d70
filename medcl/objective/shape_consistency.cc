// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/shape_consistency.h"

#include "medcl/core/error.h"
#include "medcl/image/components.h"
#include "medcl/mixing/map_extent.h"
#include "medcl/objective/guarded_log.h"
#include "medcl/objective/similarity.h"

namespace medcl {

torch::Tensor pixel_consistency(const torch::Tensor& a_bks, const torch::Tensor& b_bks,
                                const torch::Tensor& counted_b1s) {
  check(a_bks.sizes() == b_bks.sizes(), "pixel consistency compares equal shapes");
  const torch::Tensor counted_bs = counted_b1s.squeeze(1).to(a_bks.scalar_type());
  return ratio_or_zero(((1 - cosine(a_bks, b_bks, 1)) * counted_bs).sum(), counted_bs.sum());
}

torch::Tensor largest_components(const torch::Tensor& prob_bks) {
  const Extent extent = extent_of(prob_bks);
  torch::Tensor class_bs = prob_bks.detach().argmax(1).to(torch::kCPU, torch::kUInt8).contiguous();
  const auto count = static_cast<std::size_t>(extent.count());
  for (std::int64_t b = 0; b < class_bs.size(0); ++b) {
    keep_largest_component({class_bs[b].data_ptr<std::uint8_t>(), count},
                           {extent.x, extent.y, extent.z});
  }
  const torch::Tensor index_bs = class_bs.to(prob_bks.device(), torch::kInt64);
  return torch::zeros_like(prob_bks).scatter_(1, index_bs.unsqueeze(1), 1);
}

}  // namespace medcl
