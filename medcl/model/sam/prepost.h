// SPDX-License-Identifier: Apache-2.0
#pragma once

// Images and prompts as SAM and MedSAM want them, and their masks back on the image.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023; Ma et al., Segment anything in medical
// images, Nature Communications 2024. Which of the two a model needs is a property of its weights:
// SAM's statistics with MedSAM's weights give poor masks without any error.
// Sizes are {height, width}; `side` is that of the model input (1024 as published). Bilinear is
// without aligned corners.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/model/sam/prompt_encoder.h"

namespace medcl::sam {

// --- intensities of a scan -----------------------------------------------------------------------

struct IntensityWindow {
  double low = 0, high = 0;
};

/// The 0.5 and 99.5 percentiles of the voxels above zero. @throws Error(kInvalidData) without any.
IntensityWindow mr_window(const torch::Tensor& volume);
/// MedSAM's 8 bits of MR: limited to the window, stretched to 0..255, zero stays zero; truncated.
torch::Tensor mr_to_bytes(const torch::Tensor& volume);
/// MedSAM's 8 bits of CT: `level_hu` +- `width_hu` / 2 stretched to 0..255; truncated.
torch::Tensor ct_to_bytes(const torch::Tensor& volume, double level_hu = 40, double width_hu = 400);

// --- MedSAM: the whole image stretched to a square, values 0 to 1 --------------------------------

enum class MedsamResize {
  kBicubic,             ///< range to 0..1, then bicubic; the default of MedCL-SAM
  kBicubicAntialias,    ///< the same with smoothing where the image shrinks
  kSpline,              ///< range to 0..1, then cubic spline
  kPublishedInference,  ///< as MedSAM predicts: cubic spline, whole numbers, range to 0..1
  kPublishedTraining,   ///< as MedSAM was trained: cubic spline with zeros around, range to 0..1
};

/// Grey image [h, w] of any type to float32 [1, side, side]; expand the channel to 3 for the model.
torch::Tensor medsam_image(const torch::Tensor& image_hw, std::int64_t side,
                           MedsamResize resize = MedsamResize::kBicubic);
/// kBicubic or, smoothed, kBicubicAntialias for a batch, channel by channel: [b, c, h, w] of a
/// floating type to [b, c, side, side] of the same.
torch::Tensor medsam_images(const torch::Tensor& image_bchw, std::int64_t side,
                            bool antialias = false);
/// Boxes [p, 4] x0 y0 x1 y1 in pixels of the image to pixels of the model input.
torch::Tensor medsam_boxes(const torch::Tensor& boxes_p4, const PixelSize& image,
                           std::int64_t side);
/// Logits [p, k, h, w] to probabilities on the image; a mask is where they exceed 0.5.
torch::Tensor medsam_probabilities(const torch::Tensor& logits_pkhw, const PixelSize& image);

// --- SAM: the longer side scaled, ImageNet statistics, zeros below and to the right --------------

/// The size of the scaled image.
PixelSize sam_scaled_size(const PixelSize& image, std::int64_t side);
/// Bytes [h, w, 3] to scaled bytes; smoothed where it shrinks, rounded to whole numbers as the
/// published code does (Pillow's fixed-point arithmetic may differ by one grey level).
torch::Tensor sam_scaled_bytes(const torch::Tensor& rgb_hw3, std::int64_t side);
/// The same without rounding: float32 [h, w, 3], 0 to 255.
torch::Tensor sam_scaled(const torch::Tensor& rgb_hw3, std::int64_t side);
/// Colours [..., 3, h, w], 0 to 255, with ImageNet's statistics.
torch::Tensor imagenet_normalised(const torch::Tensor& rgb_3hw);
/// A scaled image to the model input [3, side, side].
torch::Tensor sam_image(const torch::Tensor& scaled_rgb_hw3, std::int64_t side);
/// Points [..., 2] x y, or boxes [..., 4], in pixels of the image to pixels of the model input.
torch::Tensor sam_coordinates(const torch::Tensor& xy, const PixelSize& image, std::int64_t side);
/// Logits [p, k, h, w] to logits on the image; a mask is where they exceed 0.
torch::Tensor sam_logits(const torch::Tensor& logits_pkhw, const PixelSize& image,
                         std::int64_t side);

// --- both ----------------------------------------------------------------------------------------

torch::Tensor resize_bilinear(const torch::Tensor& x_bchw, const PixelSize& size);

}  // namespace medcl::sam
