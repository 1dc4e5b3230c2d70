// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/clean_pass.h"

#include "medcl/mixing/block_grid.h"
#include "medcl/objective/scribble.h"

namespace medcl {

CleanPass clean_pass(Network& network, const torch::Tensor& image_bcs,
                     const torch::Tensor& target_bks, bool keeps) {
  const torch::Tensor image = image_bcs.detach().requires_grad_();
  const torch::Tensor logits = network.forward(image).logits_bks;
  const torch::Tensor loss = partial_cross_entropy_from_logits(logits, target_bks);
  // A network may look at its images without a gradient: then every place is as salient.
  const torch::Tensor gradient =
      torch::autograd::grad({loss}, {image}, {}, /*retain_graph=*/keeps, /*create_graph=*/false,
                            /*allow_unused=*/true)[0];
  return {keeps ? logits : logits.detach(),
          saliency_of(gradient.defined() ? gradient : torch::zeros_like(image_bcs)).detach()};
}

}  // namespace medcl
