// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: networks whose predictions are known, and real ones that are small. Header only.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "medcl/methods/all_methods.h"
#include "medcl/model/networks.h"

namespace medcl {

/// The same output for any image; logits, further logits and features are its parameters.
class FixedNetwork final : public Network {
 public:
  explicit FixedNetwork(const NetworkOutput& output) {
    const auto keep = [this](const std::string& name, const torch::Tensor& value) {
      return value.defined() ? register_parameter(name, value.clone()) : value;
    };
    output_.logits_bks = keep("logits", output.logits_bks);
    for (const auto& logits : output.further_bks) {
      output_.further_bks.push_back(keep("further", logits));
    }
    output_.features_bcs = keep("features", output.features_bcs);
    output_.deepest_bcs = keep("deepest", output.deepest_bcs);
  }
  void set_compute_type(torch::ScalarType /*type*/) override {}
  [[nodiscard]] const torch::Tensor& logits() const { return output_.logits_bks; }
  [[nodiscard]] const torch::Tensor& further() const { return output_.further_bks.front(); }

 private:
  NetworkOutput pass(const torch::Tensor& /*image_bcs*/, const ClassPrompts* /*prompts*/) override {
    return output_;
  }

  NetworkOutput output_;
};

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

/// Networks for methods that ask for one: the first of `outputs` for the seed of the context, the
/// next for the seed after it.
inline MethodContext fixed_context(std::int64_t classes, std::vector<NetworkOutput> outputs) {
  return {.classes = classes,
          .seed = 1,
          .make_network = [outputs = std::move(outputs)](std::uint64_t seed) {
            return std::make_shared<FixedNetwork>(outputs.at(seed - 1));
          }};
}

/// A U-Net that grants the wishes of a method.
inline std::shared_ptr<Network> small_unet(const MethodOptions& options, std::int64_t classes,
                                           std::uint64_t seed) {
  const NetworkWish wish = options.needs({.map = {1, 16, 16}, .classes = classes}).network;
  return make_network({"unet", {"network.width=2"}}, {1, classes, wish}, seed);
}

/// The context of a method on such U-Nets, which are made with other seeds than 1 too.
inline MethodContext unet_context(const MethodOptions& options, std::int64_t classes) {
  return {.map = {1, 16, 16},
          .classes = classes,
          .seed = 1,
          .make_network = [options, classes](std::uint64_t seed) {
            return small_unet(options, classes, seed);
          }};
}

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

/// The value of each term by its name.
inline std::map<std::string, double> values_of(const LossTerms& terms) {
  std::map<std::string, double> values;
  for (const LossTerm& term : terms.terms) values[term.name] = term.value.item<double>();
  return values;
}

inline std::map<std::string, double> weights_of(const LossTerms& terms) {
  std::map<std::string, double> weights;
  for (const LossTerm& term : terms.terms) weights[term.name] = term.weight;
  return weights;
}

}  // namespace medcl
