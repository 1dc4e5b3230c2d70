// SPDX-License-Identifier: Apache-2.0
#pragma once

// Paints one slice of a phantom: organs from back to front, soft edges, texture, bias field, noise.

#include <cstdint>
#include <span>

#include "medcl/core/random.h"
#include "medcl/dataset/phantom_anatomy.h"

namespace medcl::phantom {

struct SceneOptions {
  std::int64_t size = 128;
  double spacing_mm = 2.0;
  double level = 0.5;  ///< 0 apex, 1 base
  double bias = 0.35;
  double noise = 0.08;
};

/// Row-major; brightness relative to the blood pool. `image` and `labels` have size * size
/// elements; labels become 0 background, 1 RV, 2 MYO, 3 LV.
void paint_slice(const Anatomy& anatomy, const SceneOptions& options, RandomStream random,
                 std::span<float> image, std::span<std::int32_t> labels);

}  // namespace medcl::phantom
