// SPDX-License-Identifier: Apache-2.0
#pragma once

// Losses of whole maps, one image after the other. A loss of a batch is a chain of operations, each
// of which reads and writes maps of several MB: what lies between two of them leaves the processor
// and comes back. The maps of one image stay in a core's cache from the first operation to the
// last.

#include <torch/torch.h>

#include <functional>
#include <vector>

#include "medcl/kernels/parallel.h"

namespace medcl::fast {

using Tensors = std::vector<torch::Tensor>;

/// What is made of a batch, or of a part of it: inputs [B, ..] -> outputs [B, ..], each image for
/// itself. Any differentiable operations of libtorch; called in several threads at a time. Tensors
/// that it holds besides get no gradients.
using ImageWork = std::function<Tensors(const Tensors& inputs)>;

/// work(inputs), with gradients. On the CPU work is called for every image (B = 1) in one of the
/// threads, and so are its gradients: they do not depend on the number of threads. Elsewhere it is
/// called once, with the batch. Inputs: at least one, all of the same B >= 1. The shapes of outputs
/// do not depend on the image. Holds what one call of work keeps for its gradient, and a copy of
/// the outputs.
Tensors by_image(const ImageWork& work, const Tensors& inputs);

/// `tensor`, as often as it is used: the gradients of the uses are summed in one pass, by image,
/// not two at a time. `count` >= 1.
Tensors uses(const torch::Tensor& tensor_b, std::int64_t count);

/// work(b) for every image of a batch on the CPU, in parallel; what libtorch does there is not
/// recorded for gradients.
template <typename Work>
void for_images(std::int64_t batch, const Work& work) {
  for_each(batch, [&work](std::int64_t b) {
    const torch::NoGradGuard no_grad;
    work(b);
  });
}

}  // namespace medcl::fast
