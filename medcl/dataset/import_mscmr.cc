// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "medcl/core/counted.h"
#include "medcl/dataset/import_job.h"
#include "medcl/dataset/mscmr_dense.h"

// MSCMRseg as released with CycleMix (Zhang & Zhuang, CVPR 2022): 25 scribbled training, 5 densely
// labelled validation and 15 test volumes.

namespace medcl {
namespace {

using Counts = std::map<std::int32_t, std::int64_t>;

constexpr const char* kIgnored = "not annotated";

const std::map<std::string, Counts>& published_counts() {
  static const std::map<std::string, Counts> counts = {
      {"train", {{0, 2923477}, {1, 271129}, {2, 353431}, {3, 260423}, {4, 84904244}}},
      {"val", {{0, 16090212}, {1, 176141}, {2, 234702}, {3, 199105}}},
  };
  return counts;
}

void count(const Labels& labels, Counts& counts) {
  for (const std::int32_t value : labels.voxels) ++counts[value];
}

/// Replaces the scribbles of training cases by the gold standard of the same slices in MyoPS.
class DenseTraining {
 public:
  DenseTraining(ImportJob& job, std::map<std::string, Counts>& counts)
      : job_(job), counts_(counts), sources_(find_dense_sources(job.options.dense_from)) {}

  void operator()(Labels& labels, const SourceCase& one, const Image& image) {
    count(labels, counts_[one.group]);
    if (one.group != "train") return;
    const std::int32_t undrawn = *job_.dataset.labels.ignore_value;
    const auto found = sources_.find(one.id);
    if (found == sources_.end()) {
      job_.add_finding(Severity::kWarning, "no-dense-labels",
                       {"not in MyoPS: without labels", one.labels->string(), "", one.id, ""});
      std::ranges::fill(labels.voxels, undrawn);
      return;
    }
    DenseLabels dense = dense_labels_for(image, labels, found->second, undrawn);
    labels.voxels = std::move(dense.labels.voxels);
    for (Finding& finding : dense.findings) job_.report.findings.push_back(std::move(finding));
    job_.add_finding(Severity::kInfo, "dense-labels",
                     {"dense labels from MyoPS", one.labels->string(), "",
                      counted(static_cast<std::size_t>(dense.slices), "slice"), ""});
  }

 private:
  ImportJob& job_;
  std::map<std::string, Counts>& counts_;
  std::map<std::string, DenseSource> sources_;
};

std::string self_check(const std::map<std::string, Counts>& found) {
  for (const auto& [group, published] : published_counts()) {
    const auto counts = found.find(group);
    for (std::int32_t value = 0; value <= 4; ++value) {
      const auto count_in = [&](const Counts& all) {
        const auto entry = all.find(value);
        return entry == all.end() ? std::int64_t{0} : entry->second;
      };
      const std::int64_t expected = count_in(published);
      const std::int64_t actual = counts == found.end() ? 0 : count_in(counts->second);
      if (actual == expected) continue;
      return "differs from the published counts: " + group + ", label " + std::to_string(value) +
             (value == 4 ? std::string(" (") + kIgnored + ")" : "") + ": " +
             std::to_string(actual) + " voxels, published " + std::to_string(expected);
    }
  }
  return "equal to the published counts";
}

}  // namespace

void import_mscmr(ImportJob& job) {
  Dataset& dataset = job.dataset;
  dataset.name = "MSCMRseg";
  dataset.channel_names = {"LGE"};
  dataset.labels = {{{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}, 4};
  dataset.orientation =
      "array";  // short-axis views alike in array order, while PSR and LSP are mixed in the headers
  dataset.complete_scribbles = true;
  const std::regex pattern(R"((subject\d+)_DE\.nii(?:\.gz)?)");
  if (job.options.dense_from.empty()) {
    import_split_layout(job, pattern, {"DE"});
    job.report.self_check = self_check(job.report.voxel_counts);
    return;
  }
  dataset.name = "MSCMRseg, dense labels of MyoPS";
  std::map<std::string, Counts> of_release;
  import_split_layout(job, pattern, {"DE"}, DenseTraining(job, of_release));
  job.report.self_check = "the scribbles that were replaced: " + self_check(of_release);
}

}  // namespace medcl
