// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/anatomy_consistency.h"

#include "medcl/core/error.h"
#include "medcl/kernels/by_image.h"
#include "medcl/objective/map_axes.h"
#include "medcl/objective/similarity.h"

namespace medcl {
namespace {

/// cos of every union row with the sum of its classes: [.., m + unions, n] -> [.., unions].
torch::Tensor union_similarity(const torch::Tensor& rows_kn, const torch::Tensor& membership_tm) {
  const std::int64_t m = membership_tm.size(1);
  const torch::Tensor sums = torch::matmul(membership_tm, rows_kn.narrow(-2, 0, m));
  return cosine(rows_kn.narrow(-2, m, membership_tm.size(0)), sums, -1);
}

}  // namespace

AnatomyConsistency anatomy_consistency_loss(const torch::Tensor& maps_bks,
                                            const torch::Tensor& codes_bkd, const ClassSets& sets) {
  const auto rows = sets.m + static_cast<std::int64_t>(sets.sets.size());
  check(are_maps(maps_bks) && maps_bks.size(1) == rows, "maps of every class and union");
  check(codes_bkd.dim() == 3 && codes_bkd.size(1) == rows, "codes of every class and union");
  const auto members = membership(sets, maps_bks.options());
  const auto similarity = [&members](const fast::Tensors& maps) {
    return fast::Tensors{union_similarity(maps[0].flatten(2), members)};
  };
  return {.segmentation = -fast::by_image(similarity, {maps_bks})[0].mean(0).sum(),
          .prototypes = -union_similarity(codes_bkd.mean(0), members).sum()};
}

}  // namespace medcl
