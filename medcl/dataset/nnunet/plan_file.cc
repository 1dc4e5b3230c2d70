// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/plan_file.h"

#include <algorithm>

namespace medcl::nnunet {
namespace {

constexpr const char* kResampling = "resample_data_or_seg_to_shape";

Json resampling_options(bool labels, int order) {
  return {{"is_seg", labels}, {"order", order}, {"order_z", 0}, {"force_separate_z", nullptr}};
}

PerAxis inverse_order(const PerAxis& order) {
  PerAxis inverse(order.size());
  for (std::size_t a = 0; a < order.size(); ++a) {
    inverse[static_cast<std::size_t>(order[a])] = static_cast<std::int64_t>(a);
  }
  return inverse;
}

Json architecture_json(const Configuration& shape, bool residual) {
  const std::string dim = std::to_string(shape.patch.size()) + "d";
  const std::string package = "dynamic_network_architectures.architectures.unet.";
  const Json arguments = {
      {"n_stages", shape.features.size()},
      {"features_per_stage", shape.features},
      {"conv_op", "torch.nn.modules.conv.Conv" + dim},
      {"kernel_sizes", shape.topology.kernels},
      {"strides", shape.topology.strides},
      {residual ? "n_blocks_per_stage" : "n_conv_per_stage", shape.encoder_blocks},
      {"n_conv_per_stage_decoder", shape.decoder_blocks},
      {"conv_bias", true},
      {"norm_op", "torch.nn.modules.instancenorm.InstanceNorm" + dim},
      {"norm_op_kwargs", {{"eps", 1e-5}, {"affine", true}}},
      {"dropout_op", nullptr},
      {"dropout_op_kwargs", nullptr},
      {"nonlin", "torch.nn.LeakyReLU"},
      {"nonlin_kwargs", {{"inplace", true}}}};
  return {{"network_class_name", package + (residual ? "ResidualEncoderUNet" : "PlainConvUNet")},
          {"arch_kwargs", arguments},
          {"_kw_requires_import", {"conv_op", "norm_op", "dropout_op", "nonlin"}}};
}

Json intensities_json(const Plan& plan) {
  const Fingerprint only_intensities{.channels = plan.intensities};
  return only_intensities.to_json().at("foreground_intensity_properties_per_channel");
}

}  // namespace

Json configuration_json(const Plan& plan, const std::string& configuration,
                        const Configuration& shape) {
  return {{"data_identifier", "nnUNetPlans_" + configuration},
          {"preprocessor_name", "DefaultPreprocessor"},
          {"batch_size", shape.batch},
          {"patch_size", shape.patch},
          {"median_image_size_in_voxels", shape.median_size},
          {"spacing", shape.spacing_mm},
          {"normalization_schemes", plan.normalisations},
          {"use_mask_for_norm", plan.use_mask},
          {"resampling_fn_data", kResampling},
          {"resampling_fn_seg", kResampling},
          {"resampling_fn_data_kwargs", resampling_options(false, 3)},
          {"resampling_fn_seg_kwargs", resampling_options(true, 1)},
          {"resampling_fn_probabilities", kResampling},
          {"resampling_fn_probabilities_kwargs", resampling_options(false, 1)},
          {"architecture", architecture_json(shape, plan.planner.residual)},
          {"batch_dice", shape.batch_dice}};
}

Json plan_json(const Plan& plan) {
  return {{"dataset_name", plan.dataset.name},
          {"plans_name", plan.planner.plans_name},
          {"original_median_spacing_after_transp", plan.median_spacing_mm},
          {"original_median_shape_after_transp", plan.median_shape},
          {"image_reader_writer", plan.dataset.reader},
          {"transpose_forward", plan.transpose},
          {"transpose_backward", inverse_order(plan.transpose)},
          {"configurations", {{"2d", configuration_json(plan, "2d", plan.slices)}}},
          {"experiment_planner_used", plan.planner.class_name},
          {"label_manager", "LabelManager"},
          {"foreground_intensity_properties_per_channel", intensities_json(plan)}};
}

}  // namespace medcl::nnunet
