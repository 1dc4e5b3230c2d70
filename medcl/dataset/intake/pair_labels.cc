// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "medcl/core/names.h"
#include "medcl/dataset/dicom_names.h"
#include "medcl/dataset/intake/plan_parts.h"
#include "medcl/dataset/near_names.h"

namespace medcl {

void add_error(IntakePlan& plan, const char* id, const Problem& problem) {
  plan.findings.push_back({Severity::kError, id, problem, false});
}

Indices of_role(const IntakePlan& plan, SourceRole role) {
  Indices indices;
  for (std::size_t n = 0; n < plan.list.sources.size(); ++n) {
    if (plan.list.sources[n].role == role) indices.push_back(n);
  }
  return indices;
}

std::string id_of(const std::vector<std::string>& words, const SourceList& list) {
  if (!words.empty()) return joined_words(words);
  const std::string folder = safe_name(list.root.filename().string());
  return folder.empty() ? "case" : folder;
}

std::size_t channel_of(const std::string& word, const std::vector<std::string>& names) {
  const auto same = [&](const std::string& one) { return folded_name(one) == folded_name(word); };
  return static_cast<std::size_t>(std::find_if(names.begin(), names.end(), same) - names.begin());
}

namespace {

/// The only case whose image has this name in another folder.
std::optional<std::string> case_of_name(const Source& labels, const IntakePlan& plan) {
  const std::string name = folded_name(joined_words(labels.own_words));
  std::vector<std::string> found;
  for (const PlannedCase& one : plan.cases) {
    const std::size_t image = one.images.front();
    if (image == SIZE_MAX || name.empty()) continue;
    const Source& source = plan.list.sources[image];
    if (folded_name(joined_words(source.own_words)) == name) found.push_back(one.id);
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

/// The only case whose name begins with these words: "P1" for the labels of "P1_S1".
std::optional<std::string> case_beginning_with(const std::vector<std::string>& words,
                                               const std::vector<std::string>& ids) {
  if (words.empty()) return std::nullopt;
  const std::string start = folded_name(joined_words(words)) + "_";
  std::vector<std::string> found;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(found),
               [&](const std::string& id) { return folded_name(id).starts_with(start); });
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

/// The case whose labels these are; none when no name, or more than one, fits.
std::optional<std::string> case_of_labels(const Source& labels, const IntakePlan& plan,
                                          const NearNames& near, std::string& how) {
  std::vector<std::string> ids;
  for (const PlannedCase& one : plan.cases) ids.push_back(one.id);
  std::vector<std::string> words = labels.words;
  for (const bool without_channels : {false, true}) {
    if (without_channels) {
      std::erase_if(words, [&](const std::string& word) {
        return channel_of(word, plan.channel_names) < plan.channel_names.size();
      });
    }
    const std::string id = folded_name(id_of(words, plan.list));
    for (const std::string& one : ids) {
      if (folded_name(one) == id) return one;
    }
  }
  how = "; pairs by the name of the file alone";
  if (const auto found = case_of_name(labels, plan)) return found;
  how = "; pairs with the only case whose name begins alike";
  if (const auto found = case_beginning_with(words, ids)) return found;
  how = "; pairs by a name that is nearly the same";
  if (const auto found = near.find(joined_words(words))) return found;
  if (!labels.words.empty()) {
    if (const auto found = near.find(labels.words.back())) return found;
  }
  how = "; pairs as the only image with the only labels";
  const auto is_labels = [](const Source& one) { return one.role == SourceRole::kLabels; };
  const auto count = std::count_if(plan.list.sources.begin(), plan.list.sources.end(), is_labels);
  return ids.size() == 1 && count == 1 ? std::optional(ids.front()) : std::nullopt;
}

void give_labels(IntakePlan& plan, std::size_t source, const std::string& id,
                 const std::string& how) {
  const auto one = std::find_if(plan.cases.begin(), plan.cases.end(),
                                [&](const PlannedCase& other) { return other.id == id; });
  plan.places[source] = id;
  plan.list.sources[source].why += how;
  if (!one->labels) {
    one->labels = source;
    return;
  }
  add_error(plan, "two-labels",
            {"two label files for one case", plan.list.sources[source].shown, "one for case " + id,
             plan.list.sources[*one->labels].shown,
             "leave one out, say which pairs (--pair IMAGE=LABELS), or save all structures as "
             "values of one file"});
}

}  // namespace

void pair_labels(IntakePlan& plan, const std::vector<std::pair<std::size_t, std::size_t>>& given) {
  std::vector<std::string> ids;
  for (const PlannedCase& one : plan.cases) ids.push_back(one.id);
  const NearNames near(ids);
  for (const std::size_t source : of_role(plan, SourceRole::kLabels)) {
    const auto pair = std::find_if(given.begin(), given.end(),
                                   [&](const auto& one) { return one.second == source; });
    if (pair != given.end()) {
      const std::string& place = plan.places[pair->first];
      give_labels(plan, source, place.substr(0, place.find(": ")), "");
      continue;
    }
    std::string how;
    const auto id = case_of_labels(plan.list.sources[source], plan, near, how);
    if (id) {
      give_labels(plan, source, *id, how);
      continue;
    }
    add_error(plan, "label-without-image",
              {"labels without an image", plan.list.sources[source].shown,
               "an image of the same name, or nearly", "none, or several",
               "name the image: --pair IMAGE=" +
                   plan.list.sources[source].path.filename().string() + ", or leave the file out"});
  }
}

}  // namespace medcl
