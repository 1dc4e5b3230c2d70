// SPDX-License-Identifier: Apache-2.0
#pragma once

// What MedCL-SAM asks of each image of a batch, and what becomes of it when images are mixed.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.1: x12 = b x1 + (1 - b) x2, I12 = I1 u I2, Phi12
// = b e(Phi1) + (1 - b) e(Phi2). The union of two boxes is no box: the smallest one around it is
// asked. Shape suffixes: b = images, p = prompts, s = sets of classes, v = wordings, c = channels;
// 4 = left, top, right, bottom as shares of the image.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "medcl/core/random.h"
#include "medcl/mixing/class_sets.h"

namespace medcl {

/// The m single classes, then the nested unions: 2m-1 sets.
std::vector<std::vector<std::int64_t>> asked_sets(const ClassSets& sets);

/// Text features [b, p, c] of the sets, every image and prompt in a wording of its own.
/// `features_svc` as sam::prompt_features.
torch::Tensor draw_features(const torch::Tensor& features_svc, std::int64_t m,
                            const std::vector<std::vector<std::int64_t>>& sets, std::int64_t batch,
                            RandomStream& random);

/// The smallest box around what is annotated, with more than half of the weight of a pixel, as one
/// of the classes of each set; `otherwise_b4` where there is nothing of the kind. members_pm: see
/// membership(). No more than strokes are known, so that the structure may be larger.
torch::Tensor stroke_boxes(const torch::Tensor& target_bkhw, const torch::Tensor& members_pm,
                           const torch::Tensor& otherwise_b4);

/// Every side moves outwards by up to `share` of the image and `growth` of the longer side of its
/// box, but not out of the image. Any number of dimensions, the last of size 4.
torch::Tensor jitter_boxes(const torch::Tensor& box_bp4, double share, double growth,
                           RandomStream& random);

/// The smallest box around each one of an image and that of its partner.
torch::Tensor union_boxes(const torch::Tensor& box_bp4, const torch::Tensor& partner_b);

}  // namespace medcl
