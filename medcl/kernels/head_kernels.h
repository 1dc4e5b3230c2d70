// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner loops of a 1 x 1 convolution from features to a few class maps, without libtorch: plain
// memory, one thread, one version for each kind of processor (each_processor.h).
//
// Features are channels-last, a row of `channels` values for each pixel; class maps lie one behind
// the other, `map_step` floats from a class to the next.

#include <cstdint>

namespace medcl::fast {

/// Pixels that are handled together.
constexpr std::int64_t kHeadPixels = 64;

/// Weights [classes, channels], and biases unless null.
struct Head {
  const float *weight, *bias;
  std::int64_t classes, channels;
};

/// maps = weight . features + bias, of `count` <= kHeadPixels pixels. `turned`: memory for
/// kHeadPixels * channels floats.
void make_head_maps(const Head& head, const float* features, std::int64_t count, float* turned,
                    float* maps, std::int64_t map_step);

/// features_gradient = weight^T . maps_gradient, and sums [classes, channels + 1] += the gradients
/// of weights and, behind them, of the bias.
void add_head_gradients(const Head& head, const float* features, const float* maps_gradient,
                        std::int64_t map_step, std::int64_t count, float* features_gradient,
                        float* sums);

}  // namespace medcl::fast
