// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mapping.h"

#include "medcl/core/error.h"
#include "medcl/kernels/cast.h"
#include "medcl/kernels/long_linear.h"
#include "medcl/objective/map_axes.h"

namespace medcl {
namespace {

constexpr double kNormEps = 1e-3;
constexpr double kNormMomentum = 0.01;

torch::nn::Linear make_linear(std::int64_t in, std::int64_t out, bool bias) {
  return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(bias));
}

}  // namespace

MappingHeadImpl::MappingHeadImpl(std::int64_t pixels, std::int64_t maps,
                                 const MappingOptions& options)
    : kind_(options.head) {
  if (kind_ == MappingKind::kMlp) {
    norm_ = register_module(
        "norm",
        torch::nn::LayerNorm(torch::nn::LayerNormOptions(std::vector<std::int64_t>{pixels})));
    expand_ = register_module("expand", make_linear(pixels, options.hidden, true));
    project_ = register_module("project", make_linear(options.hidden, options.prototypes, true));
  } else {
    project_ = register_module("project", make_linear(pixels, options.prototypes, false));
  }
  if (kind_ == MappingKind::kLinearNorm) {
    batch_norm_ = register_module(
        "batch_norm",
        torch::nn::BatchNorm1d(
            torch::nn::BatchNorm1dOptions(maps).eps(kNormEps).momentum(kNormMomentum)));
  }
}

torch::Tensor MappingHeadImpl::forward(const torch::Tensor& maps_bks) {
  const torch::Tensor maps_bkn = maps_bks.flatten(2);
  if (kind_ == MappingKind::kMlp) {
    return product(project_, torch::gelu(product(expand_, norm_(maps_bkn))));
  }
  const torch::Tensor codes_bkd = product(project_, maps_bkn);
  return kind_ == MappingKind::kLinearNorm ? torch::softmax(batch_norm_(codes_bkd), 2) : codes_bkd;
}

torch::Tensor MappingHeadImpl::product(const torch::nn::Linear& linear,
                                       const torch::Tensor& x) const {
  const torch::Tensor &weight = linear->weight, &bias = linear->bias;
  if (compute_type_ == torch::kFloat32) return torch::linear(x, weight, bias);
  const torch::Tensor codes_rd = fast::long_linear(fast::cast(x.flatten(0, -2), compute_type_),
                                                   fast::cast(weight, compute_type_));
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  const torch::Tensor codes = codes_rd.view(shape);
  return bias.defined() ? codes + bias : codes;
}

torch::Tensor mapping_loss(const torch::Tensor& scores_dn, const SinkhornOptions& sinkhorn,
                           double temperature) {
  const torch::Tensor q_dn = sinkhorn_assignment(scores_dn, sinkhorn);
  const torch::Tensor log_p_dn = torch::log_softmax(scores_dn / temperature, 0);
  return -(q_dn * log_p_dn).sum() / scores_dn.size(1);
}

torch::Tensor pixel_mapping_loss(const torch::Tensor& codes_bkd, const torch::Tensor& maps_bks,
                                 const SinkhornOptions& sinkhorn, double temperature) {
  check(codes_bkd.dim() == 3 && are_maps(maps_bks) && codes_bkd.size(0) == maps_bks.size(0) &&
            codes_bkd.size(1) == maps_bks.size(1),
        "codes [B, K, d] of the maps [B, K, s]");
  const torch::Tensor maps_bkn = maps_bks.flatten(2);
  torch::Tensor sum = torch::zeros({}, codes_bkd.options());
  for (std::int64_t b = 0; b < codes_bkd.size(0); ++b) {
    const torch::Tensor scores_dn = torch::matmul(codes_bkd[b].t(), maps_bkn[b]);
    sum = sum + mapping_loss(scores_dn, sinkhorn, temperature);
  }
  return sum / codes_bkd.size(0);
}

}  // namespace medcl
