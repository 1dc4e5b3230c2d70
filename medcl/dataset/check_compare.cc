// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "medcl/core/error.h"
#include "medcl/dataset/check_files.h"
#include "medcl/dataset/check_rules.h"

namespace medcl {
namespace {

constexpr double kOutlierDeviations = 5;  // robust standard deviations of the logarithm
constexpr double kOutlierRatio = 4;       // and at least this factor from the median
constexpr std::size_t kEnoughCases = 5;
constexpr double kRobustDeviation = 1.4826;  // of a normal distribution, from the median deviation

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool judged_by(const Dataset& dataset, const CaseFacts& a, const CaseFacts& b) {
  if (a.test != b.test) return true;
  const auto has = [](const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  return std::any_of(dataset.splits.begin(), dataset.splits.end(), [&](const Split& split) {
    return (has(split.train, a.id) && has(split.validation, b.id)) ||
           (has(split.train, b.id) && has(split.validation, a.id));
  });
}

void check_slice_numbers(const Dataset& dataset, const CaseFacts& facts,
                         const SliceCategories& listed, Findings& findings) {
  if (!facts.grid) return;
  const auto slices = static_cast<std::size_t>(facts.grid->size[2]);
  const std::string beyond = slices_beyond(listed, slices);
  if (beyond.empty()) return;
  add_finding(findings, Severity::kError, "categories-unknown-slice",
              {"categories of slices that the case does not have",
               in_root(dataset, "categories.json") + ": " + facts.id,
               "slices 0 to " + std::to_string(slices - 1), beyond, "slices are counted from 0"});
}

}  // namespace

void check_categories(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings) {
  Categories categories;
  try {
    categories = read_categories(dataset);
  } catch (const Error& error) {
    add_finding(findings, Severity::kError, "categories-unreadable",
                {error.what(), in_root(dataset, "categories.json"), "", "", ""});
    return;
  }
  check_open_classes(dataset, facts, categories, findings);
  for (const Problem& problem : lists_of_no_case(categories, dataset)) {
    add_finding(findings, Severity::kWarning, "categories-unknown-case", problem);
  }
  for (const auto& [id, slices] : categories) {
    const CaseFacts* one = find_facts(facts, id);
    if (one == nullptr) continue;
    check_slice_numbers(dataset, *one, slices, findings);
    if (!one->labels_usable) continue;
    const std::string where = in_root(dataset, "categories.json") + ": " + id;
    for (const Problem& problem : contradictions(slices, one->categories, dataset.labels, where)) {
      add_finding(findings, Severity::kError, "categories-contradict-labels", problem);
    }
  }
}

void check_duplicates(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings) {
  std::map<std::string, std::vector<const CaseFacts*>> owners;
  for (const CaseFacts& one : facts) {
    for (const std::string& hash : one.voxel_hashes) owners[hash].push_back(&one);
  }
  std::set<std::pair<const CaseFacts*, const CaseFacts*>> reported;
  for (const auto& [hash, cases] : owners) {
    for (std::size_t i = 1; i < cases.size(); ++i) {
      const CaseFacts &a = *cases[0], &b = *cases[i];
      const bool same_case = a.id == b.id && a.test == b.test;
      if (!reported.insert({&a, &b}).second) continue;
      const bool leak = !same_case && judged_by(dataset, a, b);
      add_finding(
          findings, leak ? Severity::kError : Severity::kWarning, "duplicate-image",
          {same_case ? "two channels with the same voxels" : "two cases with the same voxels",
           "case " + b.id, "", "as in case " + a.id,
           leak ? "one of them judges what the other teaches: remove one" : "remove one"});
    }
  }
}

void check_intensities(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                       Findings& findings) {
  for (std::size_t c = 0; c < dataset.channel_names.size(); ++c) {
    std::vector<double> logs;
    std::vector<const CaseFacts*> cases;
    for (const CaseFacts& one : facts) {
      if (one.intensities.size() <= c || !(one.intensities[c].high > 0)) continue;
      logs.push_back(std::log(one.intensities[c].high));
      cases.push_back(&one);
    }
    if (cases.size() < kEnoughCases) continue;
    const double centre = median(logs);
    std::vector<double> distances(logs.size());
    std::transform(logs.begin(), logs.end(), distances.begin(),
                   [&](double value) { return std::abs(value - centre); });
    const double limit = std::max(kOutlierDeviations * kRobustDeviation * median(distances),
                                  std::log(kOutlierRatio));
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (distances[i] <= limit) continue;
      add_finding(findings, Severity::kWarning, "intensity-outlier",
                  {"brightness far from that of the other cases",
                   "case " + cases[i]->id + ", channel " + dataset.channel_names[c],
                   "99th percentile near " + std::to_string(std::exp(centre)),
                   std::to_string(cases[i]->intensities[c].high),
                   "another scanner, unit or scale? z-score normalisation evens out scale only"});
    }
  }
}

}  // namespace medcl
