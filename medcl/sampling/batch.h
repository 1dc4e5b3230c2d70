// SPDX-License-Identifier: Apache-2.0
#pragma once

// One training batch, and how a slice becomes a sample of it.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/mixing/augment.h"
#include "medcl/mixing/crop.h"
#include "medcl/mixing/intra_mix.h"
#include "medcl/sampling/sampler.h"

namespace medcl {

/// Names end in their shape: b = batch, c = channels, k = classes (m + 1); 4 = left, top, right,
/// bottom.
struct Batch {
  torch::Tensor image_bchw;   ///< float32
  torch::Tensor target_bkhw;  ///< float32 annotation weights; all zero where nobody annotated
  torch::Tensor present_bk;   ///< float32 0 or 1; -1 where nobody knows
  torch::Tensor box_b4;       ///< float32 edges, in pixels of the crop, of the box that intra-mix
                              ///< left alone; the whole crop without intra-mix and
                              ///< where the mix came before the crop
  std::vector<std::string> ids;  ///< "case/slice" of each sample, for messages
  std::int64_t step = 0;         ///< the step in which the batch is used
  std::int64_t image_step = 0;   ///< the step whose random numbers drew it; see Method::image_step

  /// The batch on `device`; does not wait for a GPU.
  [[nodiscard]] Batch to(torch::Device device) const;
  /// The batch in memory that a GPU can read by itself; needs a GPU.
  [[nodiscard]] Batch pinned() const;
};

/// What training cases without scribbles are good for: images and the classes of their slices,
/// images alone, or nothing.
enum class UnlabelledUse { kCategories, kImages, kNone };
inline const Choices<UnlabelledUse>& choices(UnlabelledUse) {
  static const Choices<UnlabelledUse> kAll{{"categories", UnlabelledUse::kCategories},
                                           {"images", UnlabelledUse::kImages},
                                           {"none", UnlabelledUse::kNone}};
  return kAll;
}

struct SampleOptions {
  CropOptions crop;
  IntraMixOptions intra_mix;
  AugmentOptions augment;
  UnlabelledUse unlabelled = UnlabelledUse::kCategories;
  std::int64_t classes = 2;  ///< m + 1
};

/// One sample of each slice, in their order. Deterministic in (seed, step, position in the batch);
/// safe to call from several threads.
Batch make_batch(const CaseStore& store, const std::vector<SliceRef>& slices,
                 const SampleOptions& options, std::uint64_t seed, std::int64_t step);

}  // namespace medcl
