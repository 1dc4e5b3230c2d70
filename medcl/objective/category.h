// SPDX-License-Identifier: Apache-2.0
#pragma once

// Image-level supervision: every pixel belongs to one of the classes present in its slice.
//
// Source: MedCL, Sec. 2.3; methods: L = -mean log sum_{i in Psi} p_i.

#include <torch/torch.h>

namespace medcl {

/// present_bk: [B, m+1] of 0 (absent), 1 (present) and -1 (unknown). Psi holds every class that is
/// not known to be absent, the background always. Slices in which something is unknown and nothing
/// known to be absent are left out: they say nothing. 0 when all are left out.
/// @throws Error(kFailure) when the shapes do not fit each other.
torch::Tensor category_loss(const torch::Tensor& prob_bks, const torch::Tensor& present_bk);

}  // namespace medcl
