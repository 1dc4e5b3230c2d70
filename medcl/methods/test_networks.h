// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests: networks whose losses can be computed by hand, and the loss of a step.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "medcl/methods/all_methods.h"

namespace medcl {

/// Logits 0 and the image, so that what was shown can be read from the result.
class Identity final : public Network {
 public:
  void set_compute_type(torch::ScalarType /*type*/) override {}
  torch::Tensor seen_bcs;  ///< last

 private:
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
    seen_bcs = image_bcs;
    return {.logits_bks = torch::cat({torch::zeros_like(image_bcs), image_bcs}, 1)};
  }
};

/// The same logits for any image.
class Fixed final : public Network {
 public:
  explicit Fixed(const torch::Tensor& logits) : logits_bks(logits.clone().requires_grad_()) {}
  void set_compute_type(torch::ScalarType /*type*/) override {}
  torch::Tensor logits_bks;

 private:
  NetworkOutput pass(const torch::Tensor& /*image_bcs*/, const ClassPrompts*) override {
    return {.logits_bks = logits_bks};
  }
};

/// Labels 255 are pixels that nobody annotated.
inline Batch batch_of(const torch::Tensor& image_bcs, const torch::Tensor& labels_bs,
                      std::int64_t classes, std::int64_t step = 0) {
  Batch batch;
  batch.image_bcs = image_bcs;
  batch.annotation.labels_bs = labels_bs.to(torch::kUInt8);
  batch.present_bk = torch::full({image_bcs.size(0), classes}, -1.0F);
  batch.step = batch.image_step = step;
  return batch;
}

/// Those of method `name` with `settings`; `map` and classes as the batch and the network have.
inline std::unique_ptr<Method> method_of(const std::string& name,
                                         const std::vector<std::string>& settings,
                                         std::int64_t classes, const Extent& map) {
  return make_method(MethodOptions(name, /*prompts=*/false, settings),
                     {.map = map, .classes = classes, .seed = 1});
}

inline std::map<std::string, double> values_of(const LossTerms& terms) {
  std::map<std::string, double> values;
  for (const LossTerm& term : terms.terms) values[term.name] = term.value.item<double>();
  return values;
}

}  // namespace medcl
