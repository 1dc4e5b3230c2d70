// SPDX-License-Identifier: Apache-2.0
#pragma once

// The passes over memory of fused normalisation (norm_rectify.h), without autograd. Tensors are on
// the CPU, float32 or bfloat16, channels-last; sums do not depend on the number of threads.
// Internal to norm_rectify.cc.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "medcl/kernels/row_kernels.h"

namespace medcl::fast {

/// z = weight (x - mean) inverse + bias; inverse: of the standard deviation. Of each channel.
struct Normalisation {
  std::vector<float> mean, inverse, weight, bias;
};

/// What becomes of z: a result behind LeakyReLU and dropout, and, if wanted, halved by its maxima.
struct Rectification {
  bool halve = false;  ///< without dropout, and with room behind the result (layout.h)
  float slope = 0;
  Dropout dropout;
  torch::Tensor beside_bchw;  ///< the result lies in the room behind it, if there is any
};

struct Statistics {
  std::vector<float> mean, inverse, unbiased_variance;  ///< per channel
};

/// Of the batch's pixels; `eps` as of batch normalisation.
Statistics batch_statistics(const torch::Tensor& x_bchw, double eps);

/// The result; where it is halved, that too.
std::vector<torch::Tensor> rectified(const torch::Tensor& x_bchw, const Normalisation& norm,
                                     const Rectification& how);

struct NormGradients {
  torch::Tensor x_bchw, weight, bias;
};

/// From the gradients of what rectified() gave, where mean and inverse are the batch's own.
NormGradients norm_gradients(const torch::Tensor& x_bchw,
                             const std::vector<torch::Tensor>& gradients, const Normalisation& norm,
                             const Rectification& how);

}  // namespace medcl::fast
