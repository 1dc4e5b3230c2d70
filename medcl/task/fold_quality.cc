// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/fold_quality.h"

#include <algorithm>
#include <set>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/dataset/read_case.h"
#include "medcl/engine/checkpoint.h"
#include "medcl/task/data_record.h"

namespace medcl {
namespace {

using Voxels = std::vector<std::uint8_t>;

std::vector<Image> images_of(std::vector<Loaded<float>> channels) {
  std::vector<Image> images;
  for (Loaded<float>& channel : channels) images.push_back(std::move(channel.volume));
  return images;
}

const Case& case_of(const Dataset& dataset, const std::string& id) {
  if (const Case* one = dataset.find(id)) return *one;
  fail(ErrorCode::kInvalidData, {.what = "a case of the run is not in the dataset any more",
                                 .where = dataset.root.string(),
                                 .expected = "case " + id,
                                 .remedy = "put it back, or train anew"});
}

/// Asks the models of one run about cases.
class Jury {
 public:
  Jury(const Dataset& dataset, Ensemble& models, const PredictOptions& options)
      : dataset_(dataset), models_(models), options_(options) {}

  [[nodiscard]] Voxels segment(std::size_t model, const std::vector<Image>& channels) {
    return predict_classes(models_.network(model), models_.card(), channels, options_)
        .classes.voxels;
  }

  /// Agreement of each class: of all models, or of model `of` with each other.
  [[nodiscard]] std::vector<double> agreement(const std::string& id, std::int64_t of = -1) {
    const auto channels = images_of(read_channels_of_case(case_of(dataset_, id), dataset_));
    std::vector<Voxels> all;
    for (std::size_t n = 0; n < models_.size(); ++n) all.push_back(segment(n, channels));
    return mean_pair_dice({all.begin(), all.end()}, dataset_.labels.class_count(), of);
  }

  /// What `model` makes of a case with strokes, added to `evidence`.
  void add_strokes(const std::string& id, std::size_t model, FoldEvidence& evidence) {
    CaseVolumes volumes = read_case(case_of(dataset_, id), dataset_);
    if (volumes.class_indices.empty()) return;
    const Geometry stored = volumes.channels.front().volume.geometry;
    const std::int64_t classes = dataset_.labels.class_count();
    const Voxels predicted = segment(model, images_of(std::move(volumes.channels)));
    const auto counts = count_strokes(predicted, volumes.class_indices, classes);
    const AxisOrder order = prepared_order(stored, models_.card().prepare);
    const Geometry geometry = reordered(stored, order);
    const Point3 spacing_mm = geometry.spacing_mm();
    const auto in_slices = [&](const Voxels& voxels) {
      return reordered(std::span<const std::uint8_t>(voxels), stored.size, order);
    };
    const auto sizes = compare_sizes(in_slices(predicted), in_slices(volumes.class_indices),
                                     geometry.size, {spacing_mm[0], spacing_mm[1]}, classes);
    for (std::size_t c = 0; c < counts.size(); ++c) {
      evidence.classes[c].strokes.add(counts[c]);
      evidence.classes[c].size.add(sizes[c]);
    }
  }

 private:
  const Dataset& dataset_;
  Ensemble& models_;
  const PredictOptions& options_;
};

void add_agreement(FoldEvidence& evidence, const std::string& id,
                   const std::vector<double>& agreement) {
  evidence.cases.push_back(id);
  for (std::size_t c = 0; c < agreement.size(); ++c) {
    evidence.classes[c].agreement.push_back(agreement[c]);
  }
}

}  // namespace

std::vector<std::string> unseen_cases(const Dataset& dataset, const FoldList& list,
                                      const std::vector<std::string>& scribbled, std::size_t most) {
  std::set<std::string> taught;
  for (const Fold& fold : list.folds) {
    taught.insert(fold.validation.begin(), fold.validation.end());
    for (const std::string& id : fold.train) {
      const Case* one = dataset.find(id);
      const bool used = scribbled.empty() || std::ranges::find(scribbled, id) != scribbled.end();
      if (one != nullptr && one->labels && used) taught.insert(id);
    }
  }
  std::set<std::string> unseen;
  for (const auto* cases : {&dataset.cases, &dataset.test_cases}) {
    for (const Case& one : *cases) {
      if (taught.count(one.id) == 0) unseen.insert(one.id);
    }
  }
  const std::vector<std::string> all(unseen.begin(), unseen.end());
  if (all.size() <= most) return all;
  std::vector<std::string> chosen;
  for (std::size_t n = 0; n < most; ++n) chosen.push_back(all[n * all.size() / most]);
  return chosen;
}

std::string changes_since_folds(const Dataset& dataset, const std::filesystem::path& run,
                                const FoldList& list) {
  Json all;
  for (std::size_t n = 0; n < list.folds.size(); ++n) {
    const Json values = latest_checkpoint_values(fold_folder(run, n));
    if (values.is_object() && values.contains("data")) all.update(values.at("data"));
  }
  return changes_since(all, dataset);
}

FoldEvidence gather_evidence(const Dataset& dataset, const FoldList& list,
                             const std::vector<std::string>& unseen, Ensemble& models,
                             const PredictOptions& options,
                             const std::function<void(std::int64_t, std::int64_t)>& progress) {
  check(models.size() == list.folds.size(), "one model for each fold");
  FoldEvidence evidence{.seen_by_others = unseen.empty()};
  for (std::size_t c = 1; c < dataset.labels.classes.size(); ++c) {
    evidence.classes.push_back({.name = dataset.labels.classes[c].name});
  }
  std::int64_t total = static_cast<std::int64_t>(unseen.size()), done = 0;
  for (const Fold& fold : list.folds) total += static_cast<std::int64_t>(fold.validation.size());
  const auto tell = [&] {
    if (progress) progress(++done, total);
  };
  Jury jury(dataset, models, options);
  for (std::size_t n = 0; n < list.folds.size(); ++n) {
    for (const std::string& id : list.folds[n].validation) {
      jury.add_strokes(id, n, evidence);
      if (unseen.empty()) {
        add_agreement(evidence, id, jury.agreement(id, static_cast<std::int64_t>(n)));
      }
      tell();
    }
  }
  for (const std::string& id : unseen) {
    add_agreement(evidence, id, jury.agreement(id));
    tell();
  }
  return evidence;
}

}  // namespace medcl
