// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a slice, or a patch of several, becomes one sample of a batch: crop, augmentation, intra-mix.
//
// Source: MedCL, Sec. 2.1.

#include <cstdint>
#include <span>

#include "medcl/core/random.h"
#include "medcl/dataset/case_store.h"
#include "medcl/sampling/batch.h"

namespace medcl {

/// Rows of the tensors of a batch that belong to one sample; of labels and target one is empty, and
/// the clean ones are where nobody asks for them.
struct SampleView {
  std::span<float> image;
  std::span<std::uint8_t> labels;
  std::span<float> target;
  std::span<float> clean_image;
  std::span<std::uint8_t> clean_labels;
  std::span<float> present, kept_box;
};

/// Fills the sample around a slice. A function of the arguments.
void fill_sample(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                 const RandomKey& key, const SampleView& sample);

}  // namespace medcl
