// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/strong_view.h"

#include <cmath>
#include <vector>

#include "medcl/model/libtorch_state.h"

namespace medcl {

torch::Tensor strong_view(const Step& step, const AugmentOptions& options) {
  const torch::Tensor& image = step.batch.image_bcs;
  const std::int64_t batch = image.size(0), channels = image.size(1);
  std::vector<float> factor, offset, sigma;
  std::uint64_t noise_seed = 0;
  for (std::int64_t b = 0; b < batch; ++b) {
    // The batch was drawn with the first streams of this purpose.
    RandomStream random = step.random(Purpose::kAugment, static_cast<std::uint32_t>(batch + b));
    for (std::int64_t c = 0; c < channels; ++c) {
      factor.push_back(
          static_cast<float>(std::exp(random.uniform(-options.contrast, options.contrast))));
      offset.push_back(static_cast<float>(random.uniform(-options.brightness, options.brightness)));
      sigma.push_back(static_cast<float>(random.uniform(0, options.noise)));
    }
    if (b == 0) noise_seed = random.next();
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(image.dim()), 1);
  shape[0] = batch;
  shape[1] = channels;
  const auto there = [&](const std::vector<float>& values) {
    return torch::tensor(values).to(image.options()).view(shape);
  };
  torch::Tensor view = image * there(factor) + there(offset);
  if (options.noise > 0) {
    const SeededGenerators generators(noise_seed, image.device());
    view = view + there(sigma) * torch::randn_like(view);
  }
  return view;
}

}  // namespace medcl
