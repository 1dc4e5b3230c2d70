// SPDX-License-Identifier: Apache-2.0
#pragma once

// Online mapping: anatomy maps -> codes, and the loss that makes codes agree with their balanced
// assignment.
//
// Source: MedCL, Sec. 2.2, App. .7; Caron et al., SwAV, NeurIPS 2020.

#include <torch/torch.h>

#include "medcl/core/options.h"
#include "medcl/objective/sinkhorn.h"

namespace medcl {

/// How class maps become codes: by a linear layer without bias (paper); by one with batch norm and
/// softmax behind it (published training log); by an MLP (published source).
enum class MappingKind { kLinear, kLinearNorm, kMlp };
inline const Choices<MappingKind>& choices(MappingKind) {
  static const Choices<MappingKind> kAll{{"linear", MappingKind::kLinear},
                                         {"linear_norm", MappingKind::kLinearNorm},
                                         {"mlp", MappingKind::kMlp}};
  return kAll;
}

struct MappingOptions {
  MappingKind head = MappingKind::kLinear;
  std::int64_t prototypes = 128;  ///< d
  std::int64_t hidden = 1024;     ///< units of the hidden layer of kMlp
};

/// maps_bks [B, K, s], s any axes of `pixels` pixels in all -> codes a_bkd [B, K, d].
class MappingHeadImpl : public torch::nn::Module {
 public:
  MappingHeadImpl(std::int64_t pixels, std::int64_t maps, const MappingOptions& options);
  torch::Tensor forward(const torch::Tensor& maps_bks);
  /// Type of the products of maps and weights: torch::kFloat32 (at first) or torch::kBFloat16.
  /// Parameters and codes stay float32.
  void set_compute_type(torch::ScalarType type) { compute_type_ = type; }

 private:
  torch::Tensor product(const torch::nn::Linear& linear, const torch::Tensor& x) const;

  torch::ScalarType compute_type_ = torch::kFloat32;
  MappingKind kind_;
  torch::nn::Linear project_{nullptr}, expand_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::BatchNorm1d batch_norm_{nullptr};
};
TORCH_MODULE(MappingHead);

/// scores_dn: [d, n], column = one sample. q = sinkhorn(scores) is constant; the loss is the
/// cross-entropy -sum_d(q log softmax_d(scores / temperature)), the mean over the samples.
torch::Tensor mapping_loss(const torch::Tensor& scores_dn, const SinkhornOptions& sinkhorn,
                           double temperature);
/// mapping_loss with one sample for each pixel instead of each class map: scores [d, pixels] =
/// codes^T maps of each image, and the mean of the loss over the images. Source: the pseudocode of
/// App. .7, read literally. Memory and time grow with d * pixels per image.
torch::Tensor pixel_mapping_loss(const torch::Tensor& codes_bkd, const torch::Tensor& maps_bks,
                                 const SinkhornOptions& sinkhorn, double temperature);

}  // namespace medcl
