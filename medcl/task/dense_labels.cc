// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/dense_labels.h"

#include <algorithm>
#include <set>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::size_t kMostNamed = 5;

bool has_undrawn_zeros(const HabitEvidence& evidence) {
  return evidence.habit == LabelHabit::kZeroIsUndrawn ||
         evidence.habit == LabelHabit::kIgnoreSwapped;
}

/// "a, b, c and 4 more".
std::string listed(const std::set<std::string>& names) {
  std::string text;
  std::size_t named = 0;
  for (const std::string& name : names) {
    if (named++ == kMostNamed) break;
    text += (text.empty() ? "" : ", ") + name;
  }
  return names.size() <= kMostNamed
             ? text
             : text + " and " + std::to_string(names.size() - kMostNamed) + " more";
}

}  // namespace

void require_dense_labels(const CaseStore& store, const std::vector<SliceRef>& slices,
                          const std::string& method) {
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
        .remedy = "take a method for scribbles such as --method pce, or name the cases with dense "
                  "labels in train.scribbled"});
}

}  // namespace medcl
