// SPDX-License-Identifier: Apache-2.0
#pragma once

// Nearest up-sampling by 2 followed by a 3 x 3 convolution, without the up-sampled tensor.
//
// Each output pixel of that pair sees only 2 x 2 different input pixels, with sums of kernel
// entries as weights; which ones depends on whether its row and column are even or odd. So the pair
// is four 2 x 2 convolutions of the small input whose results are interleaved: 4/9 of the
// multiplications, and a quarter of the pixels to read.

#include <torch/torch.h>

namespace medcl::fast {

/// Equals conv2d(upsample_nearest2d(x, 2), weight, bias, padding 1) but for rounding, gradients
/// included. x_bchw [B, I, h, w]; weight_oihw [O, I, 3, 3]; bias [O]. Returns [B, O, 2h, 2w] in the
/// type of x, channels-last, by a convolution of MedCL's own where there is one (own_conv.h). The
/// kernel sums are formed in the type of `weight_oihw`.
torch::Tensor up_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                      const torch::Tensor& bias);

/// The four 2 x 2 convolutions side by side, [B, 4 O, h + 1, w + 1]: even-even, even-odd, odd-even
/// and odd-odd rows and columns of the result. `bias` may be undefined.
torch::Tensor up_conv_parts(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                            const torch::Tensor& bias);

/// The image that the four parts make up, [B, O, 2 h, 2 w].
torch::Tensor interleave(const torch::Tensor& parts_bchw);

}  // namespace medcl::fast
