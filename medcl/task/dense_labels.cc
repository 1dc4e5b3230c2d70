// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/dense_labels.h"

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/joined.h"

namespace medcl {
namespace {

constexpr std::size_t kMostNamed = 5;

bool has_undrawn_zeros(const HabitEvidence& evidence) {
  return evidence.habit == LabelHabit::kZeroIsUndrawn ||
         evidence.habit == LabelHabit::kIgnoreSwapped;
}

std::string listed(const std::set<std::string>& names) {
  return joined_up_to(kMostNamed, std::vector<std::string>(names.begin(), names.end()));
}

/// Of these cases the ones whose labels are dense.
std::set<std::string> dense_among(const CaseStore& store, const std::vector<std::string>& ids) {
  std::set<std::string> dense;
  for (const auto& [id, evidence] : store.habits()) {
    const bool asked = std::ranges::find(ids, id) != ids.end();
    if (asked && evidence.ignored_share == 0 && !has_undrawn_zeros(evidence)) dense.insert(id);
  }
  return dense;
}

std::string remedy_for(const CaseStore& store, const Split& split) {
  const std::string otherwise = "take a method for scribbles such as --method pce";
  const auto training = dense_among(store, split.train);
  if (!training.empty()) {
    return otherwise +
           ", or learn from the training cases with dense labels alone: "
           "--set train.scribbled= and their names (" +
           listed(training) + ")";
  }
  const auto validation = dense_among(store, split.validation);
  if (validation.empty()) return otherwise + "; no case of this split has dense labels";
  if (validation.size() == 1) {
    return otherwise + ". Only the validation case " + *validation.begin() +
           " has dense labels, and a model needs others to learn from";
  }
  return otherwise + ". Only validation cases have dense labels (" + listed(validation) +
         "): to learn from some of them, name the others in train.validate_on, which makes these "
         "training cases, and these in train.scribbled";
}

}  // namespace

void require_dense_labels(const CaseStore& store, const std::vector<SliceRef>& slices,
                          const Split& split, const std::string& method) {
  std::set<std::string> scribbled;
  for (const SliceRef& one : slices) {
    if (!one.scribbled) continue;
    const StoredCase& stored = store.cases()[static_cast<std::size_t>(one.case_index)];
    const auto labels = stored.labels(one.slice);
    const auto open = std::ranges::count(labels, kNotAnnotated);
    const bool in_part = open > 0 && open < std::ssize(labels);
    if (in_part || has_undrawn_zeros(stored.habit)) scribbled.insert(stored.id);
  }
  if (scribbled.empty()) return;
  fail(ErrorCode::kInvalidData,
       {.what = "method " + method + " learns from dense labels, and these cases are scribbled",
        .where = "training cases",
        .expected = "a class for every pixel of an annotated slice",
        .found = listed(scribbled),
        .remedy = remedy_for(store, split)});
}

}  // namespace medcl
