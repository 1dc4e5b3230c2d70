// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/validation.h"

#include <chrono>

#include "medcl/core/error.h"
#include "medcl/dataset/read_case.h"
#include "medcl/evaluation/overlap.h"

namespace medcl {
namespace {

/// Dice of each foreground class over the annotated voxels.
std::vector<double> dice_per_class(const std::vector<std::uint8_t>& prediction,
                                   const std::vector<std::uint8_t>& reference,
                                   std::int64_t classes) {
  std::vector<double> dice;
  for (std::int64_t k = 1; k < classes; ++k) {
    Overlap overlap;
    for (std::size_t voxel = 0; voxel < reference.size(); ++voxel) {
      if (reference[voxel] != kNotAnnotated) {
        overlap.add(prediction[voxel] == k, reference[voxel] == k);
      }
    }
    dice.push_back(overlap.dice());
  }
  return dice;
}

}  // namespace

Validator::Validator(const Dataset& dataset, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const Case* one = dataset.find(id);
    if (one == nullptr || !one->labels) {
      fail(ErrorCode::kInvalidData, {.what = "validation case without labels",
                                     .where = "case " + id,
                                     .expected = "a dense mask in labelsTr",
                                     .remedy = "correct splits_final.json"});
    }
    CaseVolumes volumes = read_case(*one, dataset);
    LoadedCase loaded{.id = id, .channels = {}, .reference = std::move(volumes.class_indices)};
    for (Loaded<float>& channel : volumes.channels) {
      loaded.channels.push_back(std::move(channel.volume));
    }
    cases_.push_back(std::move(loaded));
  }
}

ValidationResult Validator::run(Segmenter& network, const ModelCard& card,
                                const PredictOptions& options) const {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t classes = card.labels.class_count();
  std::vector<double> sums(static_cast<std::size_t>(classes - 1), 0.0);
  for (const LoadedCase& one : cases_) {
    SliceBoxes boxes;
    if (options.box_is_given()) {
      boxes = boxes_around_classes(one.reference, one.channels.front().geometry.size,
                                   static_cast<std::size_t>(classes - 1));
    }
    const ClassPrediction prediction =
        predict_classes(network, card, one.channels, options, /*keep_probabilities=*/false,
                        /*progress=*/{}, options.box_is_given() ? &boxes : nullptr);
    const auto dice = dice_per_class(prediction.classes.voxels, one.reference, classes);
    for (std::size_t k = 0; k < sums.size(); ++k) {
      sums[k] += dice[k];
    }
  }
  ValidationResult result;
  for (std::size_t k = 0; k < sums.size(); ++k) {
    const double mean = sums[k] / static_cast<double>(cases_.size());
    result.dice.emplace_back(card.labels.classes[k + 1].name, mean);
    result.mean += mean / static_cast<double>(sums.size());
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace medcl
