// SPDX-License-Identifier: Apache-2.0
#pragma once

// Images as SAM and MedSAM want them, and masks at another size.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023; Ma et al., Segment anything in medical
// images, Nature Communications 2024. Which of the two a model needs is a property of its weights:
// SAM's statistics with MedSAM's weights give poor masks without any error.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/model/sam/prompt_encoder.h"

namespace medcl::sam {

/// MedSAM's input: every channel of every image [b, c, h, w] of a floating type stretched to the
/// range 0 to 1 (a constant one becomes 0) and resized to [b, c, side, side] by bicubic
/// interpolation, limited to that range.
torch::Tensor medsam_images(const torch::Tensor& image_bchw, std::int64_t side);

/// SAM's input: colours [..., 3, h, w] from 0 to 255, less ImageNet's mean and divided by its
/// standard deviation, channel by channel.
torch::Tensor imagenet_normalised(const torch::Tensor& rgb_3hw);

/// Maps [b, c, h, w] at another size, by bilinear interpolation without aligned corners.
torch::Tensor resize_bilinear(const torch::Tensor& x_bchw, const PixelSize& size);

}  // namespace medcl::sam
