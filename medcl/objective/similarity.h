// SPDX-License-Identifier: Apache-2.0
#pragma once

// Cosine similarity with a written rule for zero vectors.
//
// Source: MedCL, below Eq. (1): sim(a, b) = -a.b / (|a||b|). A zero vector has similarity 0.

#include <torch/torch.h>

namespace medcl {

/// cos(a, b) along `dim`; 0 where |a||b| < 1e-8, with zero gradient there. Any float type.
torch::Tensor cosine(const torch::Tensor& a, const torch::Tensor& b, std::int64_t dim);

}  // namespace medcl
