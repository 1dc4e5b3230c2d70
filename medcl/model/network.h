// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every network offers: an image batch in, class logits out, and in training what a method
// wished for beside them. The kinds of networks are listed in networks.h.
//
// Shape suffixes: b = batch, c = channels, k = outputs (the m + 1 classes, background first, then
// further outputs that a method wished for), s = axes in space, y x for a network of slices and z y
// x for one of volumes, m = classes without the background; 4 = left, top, right, bottom as shares
// of the image, 0 to 1.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/image/extent.h"

namespace medcl {

class PromptedNetwork;

/// The type of the convolutions. kAuto: bf16 on a GPU and on processors with bf16 instructions,
/// where it is several times faster, else fp32.
enum class Precision { kAuto, kFp32, kBf16 };
inline const Choices<Precision>& choices(Precision) {
  static const Choices<Precision> kAll{
      {"auto", Precision::kAuto}, {"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}};
  return kAll;
}

/// What a network is like, whatever its weights.
struct NetworkTraits {
  int axes = 2;                ///< 2: it takes slices [B, C, H, W]; 3: volumes [B, C, D, H, W]
  Extent multiple{1, 16, 16};  ///< what it takes must be multiples of it
  Extent fixed{0, 0, 0};       ///< what it takes must equal it; 0 along an axis: any multiple
  /// The pieces that a prediction cuts an image into; 0 along an axis: into what is fixed; without
  /// that slices only where they are too large, volumes into what training showed.
  Extent tile{0, 0, 0};
  bool prompts = false;  ///< it is a PromptedNetwork
  /// Side of the maps that losses see; 0: that of the image.
  std::int64_t map_side = 0;
  /// Of a network that is asked with prompts: training leaves the embedding of an image as it is.
  bool embeddings_last = false;
};

/// What a method wants of a network in training beside the logits of the classes. A model has none
/// of it.
struct NetworkWish {
  std::int64_t extra_outputs = 0;     ///< channels of the logits after the classes
  std::int64_t further_decoders = 0;  ///< decoders with weights of their own
  double further_dropout = 0;         ///< share of the encoder's channels that each of them misses
  bool deep_supervision = false;      ///< coarser logits
  bool features = false;              ///< what the last layer sees
  bool deepest_features = false;      ///< what the encoder ends with
};

struct NetworkOutput {
  torch::Tensor logits_bks;                ///< float32, of the size of the image
  std::vector<torch::Tensor> coarse_bks;   ///< each half as large along an axis as the one before
  std::vector<torch::Tensor> further_bks;  ///< of the further decoders, as the logits
  torch::Tensor features_bcs;              ///< float32, of the size of the image
  torch::Tensor deepest_bcs;               ///< float32, of the size of the coarsest level
};

/// What a network that is asked with prompts is asked with for each class.
struct ClassPrompts {
  /// Boxes; undefined: the whole image.
  torch::Tensor box_bm4;
  /// True where a class is known not to be in the image; undefined: nowhere.
  torch::Tensor absent_bm;
  /// The boxes are those around what the whole image as a box brings to light of a class, with
  /// `margin` more on every side as a share of the image.
  bool first_pass = false;
  double margin = 0.05;
};

class Network : public torch::nn::Module {
 public:
  /// image_bcs: float32, axes and sizes as traits() say. `prompts` are for a network that is asked
  /// with them; null: the whole image for each class.
  NetworkOutput forward(const torch::Tensor& image_bcs, const ClassPrompts* prompts = nullptr) {
    return pass(image_bcs, prompts);
  }
  [[nodiscard]] virtual NetworkTraits traits() const { return {}; }
  /// Type of the convolutions: torch::kFloat32 or torch::kBFloat16. Parameters stay float32.
  virtual void set_compute_type(torch::ScalarType type) = 0;
  /// Whether training on the CPU uses the operations of kernels (the default) or libtorch's own.
  /// Both compute the same but for rounding and for which values dropout hits.
  virtual void set_fused(bool /*fused*/) {}
  /// The network that holds the weights: another where this one repeats the passes of that.
  virtual Network& original() { return *this; }
  /// The same network as one that is asked with prompts; null where it is none.
  virtual PromptedNetwork* prompted() { return nullptr; }

 private:
  virtual NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* prompts) = 0;
};

/// kFp32 and kBf16 as they are; kAuto: what suits the device.
Precision settled_precision(Precision precision, const torch::Device& device);
/// That of tensors in a settled precision.
torch::ScalarType type_of(Precision precision);
/// Moves the network and sets the type of its convolutions; `precision` need not be
/// settled.
void place_network(Network& network, const torch::Device& device, Precision precision);

}  // namespace medcl
