// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/validation.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "medcl/core/error.h"
#include "medcl/dataset/read_case.h"
#include "medcl/evaluation/overlap.h"
#include "medcl/inference/postprocess.h"

namespace medcl {
namespace {

/// In the slices that the network sees.
SliceBoxes reference_boxes(const std::vector<std::uint8_t>& reference, const Geometry& stored,
                           const ModelCard& card) {
  const AxisOrder order = prepared_order(stored, card.prepare);
  return boxes_around_classes(
      reordered(std::span<const std::uint8_t>(reference), stored.size, order),
      reordered(stored, order).size, static_cast<std::size_t>(card.labels.foreground_count()));
}

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

Validator::LoadedCase Validator::load(const std::string& id) const {
  CaseVolumes volumes = read_case(*dataset_.find(id), dataset_);
  LoadedCase loaded{.id = id, .channels = {}, .reference = std::move(volumes.class_indices)};
  for (Loaded<float>& channel : volumes.channels) {
    loaded.channels.push_back(std::move(channel.volume));
  }
  return loaded;
}

template <typename Use>
void Validator::for_cases(const Use& use) const {
  for (const LoadedCase& one : cases_) {
    if (one.channels.empty()) {
      use(load(one.id));
    } else {
      use(one);
    }
  }
}

Validator::Validator(const Dataset& dataset, const std::vector<std::string>& ids,
                     std::int64_t most_kept_bytes)
    : dataset_(dataset) {
  std::array<std::int64_t, 256> voxels{};
  std::int64_t kept_bytes = 0;
  DiceMeasure measure;
  for (const std::string& id : ids) {
    const Case* one = dataset.find(id);
    if (one == nullptr || !one->labels) {
      fail(ErrorCode::kInvalidData, {.what = "validation case without labels",
                                     .where = "case " + id,
                                     .expected = "a dense mask in labelsTr",
                                     .remedy = "correct splits_final.json"});
    }
    LoadedCase loaded = load(id);
    for (const std::uint8_t index : loaded.reference) ++voxels[index];
    measure.add(loaded.reference, loaded.channels.front().geometry.size);
    kept_bytes += bytes_of_case(std::ssize(loaded.reference), std::ssize(loaded.channels));
    if (kept_bytes > most_kept_bytes) loaded = {.id = id, .channels = {}, .reference = {}};
    cases_.push_back(std::move(loaded));
  }
  measure_ = measure.name();
  for (std::size_t k = 1; k < dataset.labels.classes.size(); ++k) {
    seen_.push_back(voxels[k] > 0);
    if (!seen_.back()) unseen_ += (unseen_.empty() ? "" : ", ") + dataset.labels.classes[k].name;
  }
}

namespace {

/// Sums over cases, for every component rule and foreground class.
using DiceSums = std::vector<std::vector<double>>;

void add_case(DiceSums& sums, const Grid<std::uint8_t>& predicted,
              const std::vector<std::uint8_t>& reference, std::int64_t classes) {
  const auto rules = component_rules();
  for (std::size_t r = 0; r < rules.size(); ++r) {
    Grid<std::uint8_t> kept = predicted;
    keep_components(kept, rules[r]);
    const auto dice = dice_per_class(kept.voxels, reference, classes);
    for (std::size_t k = 0; k < dice.size(); ++k) sums[r][k] += dice[k];
  }
}

void add_volumes(std::vector<ClassVolume>& volumes, const std::vector<std::uint8_t>& predicted,
                 const std::vector<std::uint8_t>& reference) {
  for (std::size_t voxel = 0; voxel < reference.size(); ++voxel) {
    if (reference[voxel] == kNotAnnotated) continue;
    if (predicted[voxel] > 0) ++volumes[predicted[voxel] - 1U].predicted;
    if (reference[voxel] > 0) ++volumes[reference[voxel] - 1U].reference;
  }
}

StrokesKept strokes_kept(const std::vector<std::uint8_t>& predicted,
                         const std::vector<std::uint8_t>& kept,
                         const std::vector<std::uint8_t>& strokes) {
  std::array<std::int64_t, 256> right{}, still{};
  for (std::size_t voxel = 0; voxel < strokes.size(); ++voxel) {
    if (strokes[voxel] == 0 || predicted[voxel] != strokes[voxel]) continue;
    ++right[strokes[voxel]];
    still[strokes[voxel]] += kept[voxel] == strokes[voxel] ? 1 : 0;
  }
  StrokesKept result{.removed = kept != predicted};
  for (std::size_t k = 0; k < right.size(); ++k) {
    if (right[k] == 0) continue;
    result.least_kept =
        std::min(result.least_kept, static_cast<double>(still[k]) / static_cast<double>(right[k]));
  }
  return result;
}

std::vector<ClassVolume> no_volumes(const LabelMap& labels) {
  std::vector<ClassVolume> volumes;
  for (std::size_t k = 1; k < labels.classes.size(); ++k) {
    volumes.push_back({.name = labels.classes[k].name});
  }
  return volumes;
}

ComponentRule chosen_rule(const DiceSums& sums, std::int64_t cases, const std::string& asked,
                          const std::string& unseen) {
  std::vector<double> means;
  for (const auto& of_classes : sums) {
    double mean = 0;
    for (const double sum : of_classes) {
      mean += sum / static_cast<double>(cases) / static_cast<double>(of_classes.size());
    }
    means.push_back(mean);
  }
  ComponentRule chosen = decided_component_rule(means, cases);
  if (asked != "auto") {
    chosen.rule = asked;
  } else if (!unseen.empty()) {
    chosen.rule = "none";
    chosen.undecided = "in no validation case: " + unseen;
  }
  return chosen;
}

}  // namespace

Grid<std::uint8_t> Validator::predicted(const LoadedCase& one, Network& network,
                                        const ModelCard& card,
                                        const PredictOptions& options) const {
  PredictOptions raw = options;
  raw.largest_component = "none";
  SliceBoxes boxes;
  if (raw.box_is_given()) {
    boxes = reference_boxes(one.reference, one.channels.front().geometry, card);
  }
  return predict_classes(network, card, one.channels, raw, /*keep_probabilities=*/false,
                         /*progress=*/{}, raw.box_is_given() ? &boxes : nullptr)
      .classes;
}

ComponentRule Validator::rule_from_strokes(Network& network, const ModelCard& card,
                                           const PredictOptions& options) const {
  std::vector<std::vector<StrokesKept>> kept_cr;
  for_cases([&](const LoadedCase& one) {
    const Grid<std::uint8_t> raw = predicted(one, network, card, options);
    auto& of_case = kept_cr.emplace_back();
    for (const std::string& rule : component_rules()) {
      Grid<std::uint8_t> kept = raw;
      keep_components(kept, rule);
      of_case.push_back(strokes_kept(raw.voxels, kept.voxels, one.reference));
    }
  });
  return component_rule_from_strokes(kept_cr);
}

ValidationResult Validator::run(Network& network, const ModelCard& card,
                                const PredictOptions& options) const {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t classes = card.labels.class_count();
  const auto rules = component_rules();
  DiceSums sums(rules.size(), std::vector<double>(static_cast<std::size_t>(classes - 1), 0.0));
  ValidationResult result{.volumes = no_volumes(card.labels)};
  for_cases([&](const LoadedCase& one) {
    const Grid<std::uint8_t> classes_of_voxels = predicted(one, network, card, options);
    add_case(sums, classes_of_voxels, one.reference, classes);
    add_volumes(result.volumes, classes_of_voxels.voxels, one.reference);
  });
  const auto cases = static_cast<std::int64_t>(cases_.size());
  result.components = chosen_rule(sums, cases, options.largest_component, unseen_);
  result.components.measure = measure_;
  const auto at = std::find(rules.begin(), rules.end(), result.components.rule);
  const auto& of_rule = sums[static_cast<std::size_t>(at - rules.begin())];
  const bool any = std::ranges::find(seen_, true) != seen_.end();
  double judged = 0;
  for (std::size_t k = 0; k < of_rule.size(); ++k) {
    if (any && !seen_[k]) continue;
    result.dice.emplace_back(card.labels.classes[k + 1].name,
                             of_rule[k] / static_cast<double>(cases));
    result.mean += result.dice.back().second;
    ++judged;
  }
  result.mean /= std::max(judged, 1.0);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace medcl
