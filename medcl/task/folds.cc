// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/folds.h"

#include <algorithm>
#include <string>

#include "medcl/core/error.h"
#include "medcl/dataset/make_splits.h"
#include "medcl/image/volume_io.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

bool is_dense(const Case& one, const LabelMap& map) {
  if (!one.labels || !map.ignore_value) return one.labels.has_value();
  const std::vector<std::int32_t> values = read_labels(*one.labels).volume.voxels;
  return std::ranges::find(values, *map.ignore_value) == values.end();
}

FoldList listed_folds(const Dataset& dataset, TrainOptions options, std::int64_t count) {
  if (count != static_cast<std::int64_t>(dataset.splits.size())) {
    fail(ErrorCode::kUsage,
         {.what = "splits_final.json holds another number of splits",
          .where = "--folds",
          .expected = std::to_string(dataset.splits.size()),
          .found = std::to_string(count),
          .remedy = "give that number, or make other splits: medcl split " + dataset.root.string() +
                    " --folds " + std::to_string(count) + " --force"});
  }
  FoldList list;
  for (options.split = 0; options.split < count; ++options.split) {
    Split split = chosen_split(dataset, options);
    list.folds.push_back({std::move(split.train), std::move(split.validation)});
  }
  return list;
}

}  // namespace

FoldList plan_folds(const Dataset& dataset, const TrainOptions& options, std::int64_t count) {
  if (!options.validate_on.empty()) {
    fail(ErrorCode::kUsage, {.what = "folds choose the validation cases",
                             .where = "train.validate_on",
                             .expected = "nothing, with --folds",
                             .found = options.validate_on.front()});
  }
  if (dataset.splits.size() > 1) return listed_folds(dataset, options, count);
  FoldList list{.left_out = options.leave_out};
  if (!dataset.splits.empty()) {
    for (const std::string& id : chosen_split(dataset, options).validation) {
      const Case* one = dataset.find(id);
      if (one != nullptr && is_dense(*one, dataset.labels)) list.left_out.push_back(id);
    }
  }
  std::vector<SplitCase> cases;
  for (const Case& one : dataset.cases) {
    if (contains(list.left_out, one.id)) continue;
    const bool used = options.scribbled.empty() || contains(options.scribbled, one.id);
    cases.push_back({.id = one.id, .can_validate = one.labels.has_value() && used});
  }
  for (Split& split : make_splits(cases, {.folds = std::max<std::int64_t>(count, 1)})) {
    list.folds.push_back({std::move(split.train), std::move(split.validation)});
  }
  return list;
}

RunOptions options_of_fold(const RunOptions& options, const Dataset& dataset, const FoldList& list,
                           std::size_t n) {
  const Fold& fold = list.folds.at(n);
  RunOptions own = options;
  own.train.seed += static_cast<std::int64_t>(n);
  own.train.validate_on = fold.validation;
  own.train.leave_out.clear();
  for (const Case& one : dataset.cases) {
    if (!contains(fold.train, one.id) && !contains(fold.validation, one.id)) {
      own.train.leave_out.push_back(one.id);
    }
  }
  std::erase_if(own.train.scribbled,
                [&](const std::string& id) { return !contains(fold.train, id); });
  return own;
}

}  // namespace medcl
