// SPDX-License-Identifier: Apache-2.0
#pragma once

// Image-level supervision: every pixel belongs to one of the classes present in its slice.
//
// Source: MedCL, Sec. 2.3; methods: L = -mean log sum_{i in Psi} p_i.

#include <torch/torch.h>

namespace medcl {

enum class CategoryReading { kWithBackground, kForegroundOnly, kWholeImage };

/// present_bk: [B, m+1] of 0 and 1, or -1 in a whole row when the categories of that slice are
/// unknown (the row is left out). kWithBackground treats class 0 as present whatever its flag. 0
/// when no row is known (or, for kForegroundOnly, when Psi is empty).
torch::Tensor category_loss(const torch::Tensor& prob_bkhw, const torch::Tensor& present_bk,
                            CategoryReading reading = CategoryReading::kWithBackground);

}  // namespace medcl
