// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/split.h"

#include <algorithm>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/core/random.h"

namespace medcl {
namespace {

using Counts = std::vector<std::int64_t>;

Counts count_classes(const std::vector<CaseClasses>& cases) {
  Counts counts;
  for (const CaseClasses& one : cases) {
    counts.resize(std::max(counts.size(), one.present.size()), 0);
    for (std::size_t c = 0; c < one.present.size(); ++c) counts[c] += one.present[c] ? 1 : 0;
  }
  return counts;
}

/// Number of cases that show the rarest class of this one.
std::int64_t rarity(const CaseClasses& one, const Counts& counts) {
  std::int64_t rarest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t c = 0; c < one.present.size(); ++c) {
    if (one.present[c]) rarest = std::min(rarest, counts[c]);
  }
  return rarest;
}

struct Fold {
  std::vector<std::string> ids;
  Counts classes;
};

/// Fewest cases first; among those, the one that has least of this case's classes.
Fold& choose_fold(std::vector<Fold>& folds, const CaseClasses& one) {
  const auto load = [&](const Fold& fold) {
    std::int64_t shared = 0;
    for (std::size_t c = 0; c < one.present.size(); ++c)
      shared += one.present[c] ? fold.classes[c] : 0;
    return std::pair(static_cast<std::int64_t>(fold.ids.size()), shared);
  };
  return *std::min_element(folds.begin(), folds.end(),
                           [&](const Fold& a, const Fold& b) { return load(a) < load(b); });
}

/// A fold must not take all cases of a class.
bool keeps_classes(const Fold& fold, const CaseClasses& one, const Counts& counts) {
  for (std::size_t c = 0; c < one.present.size(); ++c) {
    if (one.present[c] && fold.classes[c] + 1 >= counts[c]) return false;
  }
  return true;
}

void shuffle(std::vector<CaseClasses>& cases, std::uint64_t seed) {
  std::sort(cases.begin(), cases.end(),
            [](const CaseClasses& a, const CaseClasses& b) { return a.id < b.id; });
  RandomStream stream({.seed = seed, .purpose = Purpose::kSplit});
  std::vector<CaseClasses> shuffled;
  for (const std::int64_t i : stream.permutation(static_cast<std::int64_t>(cases.size()))) {
    shuffled.push_back(std::move(cases[static_cast<std::size_t>(i)]));
  }
  cases = std::move(shuffled);
}

}  // namespace

std::vector<Split> make_splits(std::vector<CaseClasses> cases, std::int64_t fold_count,
                               std::uint64_t seed) {
  if (fold_count < 2) {
    fail(ErrorCode::kUsage,
         {"too few folds", "folds", "2 or more", std::to_string(fold_count), ""});
  }
  shuffle(cases, seed);
  const Counts counts = count_classes(cases);
  std::stable_sort(cases.begin(), cases.end(), [&](const CaseClasses& a, const CaseClasses& b) {
    return rarity(a, counts) < rarity(b, counts);
  });
  std::vector<Fold> folds(static_cast<std::size_t>(fold_count), Fold{{}, Counts(counts.size(), 0)});
  std::int64_t held_out = 0;
  for (const CaseClasses& one : cases) {
    if (one.present.empty()) continue;
    Fold& fold = choose_fold(folds, one);
    if (!keeps_classes(fold, one, counts)) continue;
    fold.ids.push_back(one.id);
    for (std::size_t c = 0; c < one.present.size(); ++c) fold.classes[c] += one.present[c] ? 1 : 0;
    ++held_out;
  }
  if (held_out < fold_count) {
    fail(ErrorCode::kUsage,
         {"too few cases that can be held out", "folds", std::to_string(fold_count) + " or more",
          std::to_string(held_out), "use fewer folds or annotate more cases"});
  }
  std::vector<Split> splits;
  for (Fold& fold : folds) {
    std::sort(fold.ids.begin(), fold.ids.end());
    Split split{{}, fold.ids};
    for (const CaseClasses& one : cases) {
      if (!std::binary_search(fold.ids.begin(), fold.ids.end(), one.id)) {
        split.train.push_back(one.id);
      }
    }
    std::sort(split.train.begin(), split.train.end());
    splits.push_back(std::move(split));
  }
  return splits;
}

}  // namespace medcl
