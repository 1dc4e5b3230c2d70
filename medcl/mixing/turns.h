// SPDX-License-Identifier: Apache-2.0
#pragma once

// Turns of the images of a batch, and of predictions back to where the images stood, with gradient.
//
// Shape suffixes: b = images, c = channels, s = axes in space.

#include <torch/torch.h>

#include <vector>

namespace medcl {

class Turns {
 public:
  /// Of each image by its angle, counter-clockwise about its centre, in the plane of its slices.
  explicit Turns(std::vector<double> radians) : radians_(std::move(radians)) {}

  /// Linear interpolation; 0 where the image does not reach.
  [[nodiscard]] torch::Tensor there(const torch::Tensor& maps_bcs) const;
  [[nodiscard]] torch::Tensor back(const torch::Tensor& maps_bcs) const;
  /// [b, 1, s] bool: the pixels that come back from `there` as a mean of pixels of their image
  /// alone.
  [[nodiscard]] torch::Tensor kept(const torch::Tensor& like_bcs) const;

 private:
  [[nodiscard]] torch::Tensor turned(const torch::Tensor& maps_bcs, double sign) const;

  std::vector<double> radians_;
};

}  // namespace medcl
