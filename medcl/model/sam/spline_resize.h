// SPDX-License-Identifier: Apache-2.0
#pragma once

// Resizing by cubic B-splines as scikit-image does it, which MedSAM's images went through.
//
// Source: Unser, Splines: a perfect fit for signal and image processing, IEEE Signal Processing
// Magazine 1999; scikit-image 0.19 `resize` (order 3, anti-aliasing).

#include <torch/torch.h>

#include <cstdint>

namespace medcl::sam {

enum class SplineBorder {
  kMirror,  ///< beyond the border the image goes on as in a mirror through the border pixels
  kZero,    ///< beyond the border it is zero, which darkens a rim
};

/// [h, w] of any type to [rows, columns], float32; computed in float64, limited to the range of the
/// input. Where the image shrinks it is smoothed first (Gaussian, sigma (shrinkage - 1) / 2).
/// Cost: matrix products, plus the inversion of an h x h and a w x w matrix.
torch::Tensor resize_spline(const torch::Tensor& image_hw, std::int64_t rows, std::int64_t columns,
                            SplineBorder border);

}  // namespace medcl::sam
