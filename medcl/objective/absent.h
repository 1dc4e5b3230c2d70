// SPDX-License-Identifier: Apache-2.0
#pragma once

// A class that a slice does not hold has an empty mask there.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.3 (category labels), for masks that are asked for
// one by one and do not compete in a softmax.

#include <torch/torch.h>

namespace medcl {

/// Binary cross-entropy to 0 of every pixel of every class that is known to be absent, the mean
/// over these. logits_bms: without the background; present_bk [b, m + 1] of 0, 1, or -1
/// when unknown. The loss is 0 when nothing is known to be absent.
torch::Tensor absent_class_loss(const torch::Tensor& logits_bms, const torch::Tensor& present_bk);

}  // namespace medcl
