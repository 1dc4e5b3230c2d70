// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/folds.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/core/shell_word.h"
#include "medcl/dataset/case_store.h"
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

/// `first` without those of `others`.
std::vector<std::string> without(std::vector<std::string> first,
                                 const std::vector<std::string>& others) {
  std::erase_if(first, [&](const std::string& id) { return contains(others, id); });
  return first;
}

bool leave_out_different_cases(const std::vector<Split>& splits) {
  std::set<std::string> seen;
  for (const Split& one : splits) {
    for (const std::string& id : one.validation) {
      if (!seen.insert(id).second) return false;
    }
  }
  return true;
}

/// Fold n leaves out what the splits n, n + count ... do.
FoldList put_together(const std::vector<Split>& splits, std::size_t count) {
  FoldList list;
  for (std::size_t n = 0; n < count; ++n) {
    Fold fold;
    for (std::size_t at = n; at < splits.size(); at += count) {
      const std::vector<std::string>& more = splits[at].validation;
      fold.validation.insert(fold.validation.end(), more.begin(), more.end());
    }
    std::ranges::sort(fold.validation);
    fold.train = without(splits[n].train, fold.validation);
    list.folds.push_back(std::move(fold));
  }
  return list;
}

[[noreturn]] void refuse_count(const Dataset& dataset, std::int64_t count, bool may_be_fewer) {
  const auto splits = static_cast<std::int64_t>(dataset.splits.size());
  const std::int64_t labelled =
      std::ranges::count_if(dataset.cases, [](const Case& one) { return one.labels.has_value(); });
  const std::string highest = std::to_string(splits);
  const std::string others = "make other splits: medcl split " + shell_word(dataset.root.string()) +
                             " --folds " + std::to_string(count) + " --force";
  const bool enough = count >= 2 && count <= labelled;
  fail(ErrorCode::kUsage,
       {.what = "splits_final.json holds another number of splits",
        .where = "--folds",
        .expected = may_be_fewer ? "2 to " + highest : highest,
        .found = std::to_string(count),
        .remedy = enough ? others
                         : "give --folds " + highest + ": " + std::to_string(labelled) +
                               " cases are labelled"});
}

FoldList listed_folds(const Dataset& dataset, TrainOptions options, std::int64_t count) {
  std::vector<Split> splits;
  const auto all = static_cast<std::int64_t>(dataset.splits.size());
  for (options.split = 0; options.split < all; ++options.split) {
    splits.push_back(chosen_split(dataset, options));
  }
  const bool may_be_fewer = leave_out_different_cases(splits);
  const bool is_possible = count == all || (may_be_fewer && count >= 2 && count < all);
  if (!is_possible) refuse_count(dataset, count, may_be_fewer);
  return put_together(splits, static_cast<std::size_t>(count));
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

void require_every_class_in_folds(
    const Dataset& dataset, const RunOptions& options, const FoldList& list,
    const std::filesystem::path& cache,
    const std::function<void(std::int64_t, std::int64_t)>& on_prepare) {
  if (options.train.allow_missing_class || options.train.untrained) return;
  const CaseStore store = CaseStore::build(dataset, options.prepare, cache, on_prepare);
  for (std::size_t n = 0; n < list.folds.size(); ++n) {
    const RunOptions own = options_of_fold(options, dataset, list, n);
    const auto slices =
        training_slices(store, chosen_split(dataset, own.train), own.train.scribbled,
                        /*keep_unlabelled=*/false, options.sample.crop.depth);
    try {
      require_every_class(store, slices, dataset.labels);
    } catch (const Error& error) {
      const std::vector<std::string>& ids = list.folds[n].validation;
      throw Error(error.code(), "fold " + std::to_string(n) + ", which leaves out " +
                                    join_names({ids.begin(), ids.end()}) + ": " + error.what());
    }
  }
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
