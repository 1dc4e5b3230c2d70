// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/slices.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/options.h"

namespace medcl {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool has_annotation(const StoredCase& one, std::int64_t slice) {
  const auto labels = one.labels(slice);
  return std::any_of(labels.begin(), labels.end(),
                     [](std::uint8_t label) { return label != kNotAnnotated; });
}

}  // namespace

Split chosen_split(const Dataset& dataset, const TrainOptions& options) {
  if (dataset.splits.empty()) {
    Split all;
    for (const Case& one : dataset.cases) {
      all.train.push_back(one.id);
    }
    return all;
  }
  if (options.split >= static_cast<std::int64_t>(dataset.splits.size())) {
    fail(ErrorCode::kUsage,
         {.what = "no such split",
          .where = "train.split",
          .expected = "0.." + std::to_string(dataset.splits.size() - 1) + " (splits_final.json)",
          .found = std::to_string(options.split)});
  }
  return dataset.splits[static_cast<std::size_t>(options.split)];
}

std::vector<SliceRef> training_slices(const CaseStore& store, const Split& split,
                                      const std::vector<std::string>& scribbled,
                                      bool keep_unlabelled) {
  for (const std::string& id : scribbled) {
    if (!contains(split.train, id)) {
      fail(ErrorCode::kUsage,
           {.what = "scribbled case is not in the training set",
            .where = "train.scribbled",
            .expected = "ids of training cases, nearest is '" + nearest_name(id, split.train) + "'",
            .found = "'" + id + "'"});
    }
  }
  std::vector<SliceRef> slices;
  const auto& cases = store.cases();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!contains(split.train, cases[i].id)) {
      continue;
    }
    const bool use_scribbles = scribbled.empty() || contains(scribbled, cases[i].id);
    for (std::int64_t k = 0; k < cases[i].slices; ++k) {
      const bool annotated = use_scribbles && has_annotation(cases[i], k);
      if (annotated || keep_unlabelled) {
        slices.push_back({static_cast<std::int64_t>(i), k, annotated});
      }
    }
  }
  return slices;
}

}  // namespace medcl
