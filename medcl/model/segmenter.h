// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every backbone offers: an image batch in, class logits out.
//
// Shape suffixes: b = batch, c = input channels, k = classes (m + 1, background first), h, w.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/model/sam/backbone_options.h"

namespace medcl {

/// The type of the convolutions. kAuto: bf16 on a GPU and on processors with bf16 instructions,
/// where it is several times faster, else fp32.
enum class Precision { kAuto, kFp32, kBf16 };
inline const Choices<Precision>& choices(Precision) {
  static const Choices<Precision> kAll{
      {"auto", Precision::kAuto}, {"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}};
  return kAll;
}

struct NetworkOptions {
  std::string backbone = "unet";  ///< "unet" (same padding, any size), "unet_valid" (official
                                  ///< code) or "sam" (sam/segmenter.h)
  std::int64_t width = 64;        ///< channels of the first level; doubles four times
  double dropout = 0.5;           ///< scales the encoder dropout (.05 .1 .2 .3 .5 by level)
  sam::BackboneOptions sam;       ///< describes itself; only for "sam"
  /// The network's name and the options of that network, under whole names.
  void describe(OptionTable table);
  /// Whether it is asked with prompts for its masks.
  [[nodiscard]] bool takes_prompts() const { return backbone == "sam"; }
};
std::vector<std::string> network_names();

class Segmenter : public torch::nn::Module {
 public:
  /// image_bchw: float32. Returns logits_bkhw, float32, same h and w. Height and width must be
  /// multiples of size_multiple(), or equal fixed_size() when that is not 0.
  virtual torch::Tensor forward(const torch::Tensor& image_bchw) = 0;
  [[nodiscard]] virtual std::int64_t size_multiple() const { return 16; }
  [[nodiscard]] virtual std::int64_t fixed_size() const { return 0; }
  /// Type of the convolutions: torch::kFloat32 or torch::kBFloat16. Parameters stay float32.
  virtual void set_compute_type(torch::ScalarType type) = 0;
  /// Whether training on the CPU uses the operations of model/fast (the default) or libtorch's own.
  /// Both compute the same but for rounding and for which values dropout hits.
  virtual void set_fused(bool /*fused*/) {}
};

/// Weights are a function of (options, sizes, seed) only, and of the files that options name.
/// Weights that training must leave alone do not require a gradient.
/// @throws Error(kUsage) for an unknown backbone; as sam::make_segmenter.
std::shared_ptr<Segmenter> make_segmenter(const NetworkOptions& options, std::int64_t channels,
                                          std::int64_t classes, std::uint64_t seed);

/// kFp32 and kBf16 as they are; kAuto: what suits the device.
Precision settled_precision(Precision precision, const torch::Device& device);
/// That of tensors in a settled precision.
torch::ScalarType type_of(Precision precision);
/// Moves the network and sets the type of its convolutions; `precision` need not be
/// settled.
void place_network(Segmenter& network, const torch::Device& device, Precision precision);

}  // namespace medcl
