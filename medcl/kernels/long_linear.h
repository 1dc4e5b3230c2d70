// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

namespace medcl::fast {

/// x_rn w_dn^T [R, D] in float32, of rows that are whole maps: N is large beside R and D. Products
/// of stretches of N are summed in the order of the stretches, which all threads share: the result
/// and its gradients do not depend on their number. Both in bfloat16 on the CPU, where each product
/// is rounded to it before the sum; otherwise as torch::matmul.
torch::Tensor long_linear(const torch::Tensor& x_rn, const torch::Tensor& w_dn);

}  // namespace medcl::fast
