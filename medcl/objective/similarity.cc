// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/similarity.h"

namespace medcl {
namespace {

constexpr double kSmallestNorms = 1e-8;

}  // namespace

torch::Tensor cosine(const torch::Tensor& a, const torch::Tensor& b, std::int64_t dim) {
  const torch::Tensor dot = (a * b).sum(dim);
  const torch::Tensor aa = a.square().sum(dim);
  const torch::Tensor bb = b.square().sum(dim);
  // Masked before the root, whose derivative at 0 is infinite.
  const torch::Tensor usable = (aa.detach().sqrt() * bb.detach().sqrt()).ge(kSmallestNorms);
  const torch::Tensor one = torch::ones({}, aa.options());
  const torch::Tensor norms =
      torch::where(usable, aa, one).sqrt() * torch::where(usable, bb, one).sqrt();
  return torch::where(usable, dot, torch::zeros({}, dot.options())) / norms;
}

}  // namespace medcl
