// SPDX-License-Identifier: Apache-2.0
#pragma once

// One training batch, and how a slice, or a patch of several, becomes a sample of it.

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

/// What is known of every pixel, in one of two forms. Names end in their shape, see Batch.
struct Annotation {
  torch::Tensor labels_bs;   ///< uint8, class index or kNotAnnotated; undefined once mixed
  torch::Tensor target_bks;  ///< of mixed labels: float32 weights of the classes, all zero where
                             ///< nobody annotated

  /// The weights, made where the labels are. Of labels they take 4 * classes bytes a pixel.
  /// @throws Error(kFailure) where there is neither
  [[nodiscard]] torch::Tensor weights(std::int64_t classes) const;
};

/// Names end in their shape: b = batch, c = channels, k = classes (m + 1), s = axes in space, which
/// are y x for a network of slices and z y x for one of volumes; 6 = z, y, x of the first and of
/// the end.
struct Batch {
  torch::Tensor image_bcs;  ///< float32
  Annotation annotation;
  /// The same before intensities were changed and before intra-mix, where
  /// SampleOptions::clean_view asks for it: float32, and uint8 as Annotation::labels_bs.
  torch::Tensor clean_image_bcs, clean_labels_bs;
  torch::Tensor present_bk;      ///< float32 0 or 1; -1 where nobody knows
  torch::Tensor kept_box_b6;     ///< float32, in pixels of the sample: the box that intra-mix left
                                 ///< alone; all of it without intra-mix and where the mix came
                                 ///< before the crop
  std::vector<std::string> ids;  ///< "case/slice" of each sample, for messages
  std::int64_t step = 0;         ///< the step in which the batch is used
  std::int64_t image_step = 0;   ///< the step whose random numbers drew it; see Method::image_step
  double progress = 0;           ///< of the run when the step begins, 0 to 1

  /// visit(name, tensor) for each tensor that is defined.
  template <typename Visit>
  void for_each_tensor(const Visit& visit) {
    visit_tensors(*this, visit);
  }
  template <typename Visit>
  void for_each_tensor(const Visit& visit) const {
    visit_tensors(*this, visit);
  }
  /// The batch on `device`; does not wait for a GPU.
  [[nodiscard]] Batch to(torch::Device device) const;
  /// The batch in memory that a GPU can read by itself; needs a GPU.
  [[nodiscard]] Batch pinned() const;

 private:
  template <typename Self, typename Visit>
  static void visit_tensors(Self& self, const Visit& visit) {
    const auto take = [&visit](const char* name, auto& tensor) {
      if (tensor.defined()) visit(name, tensor);
    };
    take("image_bcs", self.image_bcs);
    take("labels_bs", self.annotation.labels_bs);
    take("target_bks", self.annotation.target_bks);
    take("clean_image_bcs", self.clean_image_bcs);
    take("clean_labels_bs", self.clean_labels_bs);
    take("present_bk", self.present_bk);
    take("kept_box_b6", self.kept_box_b6);
  }
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
  bool clean_view = false;   ///< samples are also given as they were before they were changed
  std::int64_t classes = 2;  ///< m + 1
  int axes = 2;              ///< in space, of the network; with 2 the crop has depth 1
};

/// One sample around each slice, in their order. Deterministic in (seed, step, position in the
/// batch); safe to call from several threads.
Batch make_batch(const CaseStore& store, const std::vector<SliceRef>& slices,
                 const SampleOptions& options, std::uint64_t seed, std::int64_t step);

}  // namespace medcl
