// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/head_kernels.h"

#include <algorithm>

#include "medcl/kernels/each_processor.h"
#include "medcl/kernels/row_values.h"

namespace medcl::fast {

MEDCL_EACH_PROCESSOR void make_head_maps(const Head& head, const float* features,
                                         std::int64_t count, float* turned, float* maps,
                                         std::int64_t map_step) {
  const std::int64_t channels = head.channels;
  for (std::int64_t p = 0; p < count; ++p) {
    for (std::int64_t c = 0; c < channels; ++c) {
      turned[c * kHeadPixels + p] = features[p * channels + c];
    }
  }
  for (std::int64_t k = 0; k < head.classes; ++k) {
    float sums[kHeadPixels];
    std::fill(sums, sums + kHeadPixels, head.bias != nullptr ? head.bias[k] : 0.0F);
    for (std::int64_t c = 0; c < channels; ++c) {
      const float weight = head.weight[k * channels + c];
      const float* const values = turned + c * kHeadPixels;
      for (std::int64_t p = 0; p < kHeadPixels; ++p) sums[p] += weight * values[p];
    }
    std::copy_n(sums, count, maps + k * map_step);
  }
}

MEDCL_EACH_PROCESSOR void add_head_gradients(const Head& head, const float* features,
                                             const float* maps_gradient, std::int64_t map_step,
                                             std::int64_t count, float* features_gradient,
                                             float* sums) {
  const std::int64_t channels = head.channels;
  std::fill(features_gradient, features_gradient + count * channels, 0.0F);
  for (std::int64_t k = 0; k < head.classes; ++k) {
    const float* __restrict__ weight = head.weight + k * channels;
    float* __restrict__ sum = sums + k * (channels + 1);
    for (std::int64_t p = 0; p < count; ++p) {
      const float gradient = maps_gradient[k * map_step + p];
      const float* __restrict__ x = features + p * channels;
      float* __restrict__ dx = features_gradient + p * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        dx[c] += gradient * weight[c];
        sum[c] += gradient * x[c];
      }
      sum[channels] += gradient;
    }
  }
}

}  // namespace medcl::fast
